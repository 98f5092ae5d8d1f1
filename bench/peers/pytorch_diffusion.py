"""The flow for pytorch.py: the U-Net of simdream's `Diffusion`, under its names."""

import torch
from torch import nn
from torch.nn import functional as F
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

TIME, GROUPS, AVERAGE = 64, 8, 0.998


class Block(nn.Module):
    def __init__(self, inputs, outputs):
        super().__init__()
        self.norm1, self.norm2 = nn.GroupNorm(GROUPS, inputs), nn.GroupNorm(GROUPS, outputs)
        self.conv1 = nn.Conv2d(inputs, outputs, 3, padding=1)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, padding=1)
        self.told = nn.Linear(TIME, outputs)
        self.skip = nn.Identity() if inputs == outputs else nn.Conv2d(inputs, outputs, 1)

    def forward(self, x, told):
        y = self.conv1(F.silu(self.norm1(x))) + self.told(told)[:, :, None, None]
        return self.conv2(F.silu(self.norm2(y))) + self.skip(x)


class UNet(nn.Module):
    def __init__(self, channels, levels):
        super().__init__()
        widths = [channels * 2**i for i in range(levels)]
        self.register_buffer("frequencies", 1000 * 10000 ** (-torch.arange(TIME // 2) / (TIME // 2)), persistent=False)
        self.time = nn.Linear(TIME, TIME)
        self.input = nn.Conv2d(1, channels, 3, padding=1)
        self.down = nn.ModuleList(Block(width, width) for width in widths)
        self.halving = nn.ModuleList(nn.Conv2d(width, 2 * width, 3, 2, 1) for width in widths[:-1])
        self.doubling = nn.ModuleList(nn.ConvTranspose2d(2 * width, width, 4, 2, 1) for width in widths[:-1])
        self.up = nn.ModuleList(Block(2 * width, width) for width in widths[:-1])
        self.norm = nn.GroupNorm(GROUPS, channels)
        self.output = nn.Conv2d(channels, 1, 3, padding=1)

    def forward(self, x, times):
        angles = times[:, None] * self.frequencies
        told = F.silu(self.time(torch.cat([angles.sin(), angles.cos()], 1)))
        y = self.input(x)
        kept = []
        for i, block in enumerate(self.down):
            y = block(y, told)
            if i < len(self.halving):
                kept.append(y)
                y = self.halving[i](y)
        for i in reversed(range(len(kept))):
            y = self.up[i](torch.cat([self.doubling[i](y), kept[i]], 1), told)
        return self.output(F.silu(self.norm(y)))


def flow_loss(net, x, times, noise):
    t = times[:, None, None, None]
    return ((net((1 - t) * x + t * noise, times) - (noise - x)) ** 2).mean()


def diffusion(job):
    net = UNet(job["channels"], job["levels"])
    average = AveragedModel(net, multi_avg_fn=get_ema_multi_avg_fn(AVERAGE))
    optimizer = torch.optim.AdamW(net.parameters(), 1e-3, weight_decay=0)
    shape = (job["batch"], 1, 28, 28)

    def run(repeats):
        for _ in range(repeats):
            optimizer.zero_grad()
            loss = flow_loss(net, 2 * torch.rand(shape) - 1, torch.rand(shape[0]), torch.randn(shape))
            loss.backward()
            nn.utils.clip_grad_norm_(net.parameters(), 1.0)
            optimizer.step()
            average.update_parameters(net)
            if not loss.item() < 10:
                raise ValueError(f"the loss is {loss.item()}")

    return run
