"""The network of walk.mjs --told first in PyTorch, on as many of the same clips.

   node test/tasks/video/walk.mjs <folder> --export
   python3 test/tasks/video/walk.py <folder> [--steps 2400] [--batch 8] [--lr 2e-3] [--sampling 20] [--seed 0] [--threads 2]

Prints what walk.mjs prints of clips from first frames. Needs torch, numpy and safetensors.
"""

import argparse
import math
import pathlib
import sys
import time

import numpy as np
import torch
from torch import nn

sys.path.insert(0, str(pathlib.Path(__file__).parents[2] / "golden"))
import make_diffusion  # noqa: E402

FRAMES, SIDE, COLOURS = 8, 32, 3
WARMUP, EMA, DROPPED = 100, 0.998, 0.1

options = argparse.ArgumentParser()
options.add_argument("folder", type=pathlib.Path)
options.add_argument("--steps", type=int, default=2400)
options.add_argument("--batch", type=int, default=8)
options.add_argument("--lr", type=float, default=2e-3)
options.add_argument("--sampling", type=int, default=20)
options.add_argument("--seed", type=int, default=0)
options.add_argument("--threads", type=int, default=2)
given = options.parse_args()
torch.set_num_threads(given.threads)
torch.manual_seed(given.seed)
make_diffusion.clip_frames = FRAMES


class Network(make_diffusion.Diffusion):
    """The same in single precision."""

    def forward(self, x, times, first):
        frequencies = torch.tensor([10000 ** (-i / 32) for i in range(32)], dtype=torch.float64)
        angles = 1000 * times.double()[:, None] * frequencies
        told = self.time(torch.cat([angles.sin(), angles.cos()], 1).float())
        told = nn.functional.silu((told[:, None] + self.frames.weight).flatten(0, 1))
        y = self.input(torch.cat([x, first.repeat_interleave(FRAMES, 0)], 1))
        kept = []
        for i, block in enumerate(self.down):
            y = block(y, told)
            if str(i) in self.down_time:
                y = self.down_time[str(i)](y)
            if i < len(self.down) - 1:
                kept.append(y)
                y = self.halving[i](y)
        for i in reversed(range(len(kept))):
            y = self.up[i](torch.cat([self.doubling[i](y), kept[i]], 1), told)
        return self.output(nn.functional.silu(make_diffusion.of_clips(self.norm, y, FRAMES)))


def read(name):
    """Clips (N, F, C, H, W) of -1 to 1."""
    clips = np.fromfile(given.folder / f"{name}.bin", np.uint8).reshape(-1, FRAMES, SIDE, SIDE, COLOURS)
    return torch.from_numpy(clips).permute(0, 1, 4, 2, 3).float() / 127.5 - 1


def beginnings(clips, known):
    frames = clips[:, 0]
    return torch.cat([frames, torch.ones_like(frames[:, :1])], 1) * known[:, None, None, None]


def factor(step):
    if step < WARMUP:
        return (step + 1) / WARMUP
    return (1 + math.cos(math.pi * (step - WARMUP) / max(1, given.steps - WARMUP))) / 2


learned, held = read("known"), read("unseen")
model = Network([FRAMES, SIDE, SIDE, COLOURS], [], channels=32, levels=3, timeLevels=1, first=True)
average = [p.detach().clone() for p in model.parameters()]
print(f"{sum(p.numel() for p in model.parameters())} parameters, {len(learned)} clips")
adam = torch.optim.AdamW(model.parameters(), lr=given.lr, weight_decay=0)
rate = torch.optim.lr_scheduler.LambdaLR(adam, factor)
order, started, losses = torch.empty(0, dtype=torch.long), time.time(), []
for step in range(given.steps):
    if len(order) < given.batch:
        order = torch.randperm(len(learned))
    clips, order = learned[order[: given.batch]], order[given.batch :]
    turned = torch.rand(len(clips)) < 0.5
    clips = torch.where(turned[:, None, None, None, None], clips.flip(4), clips)
    t = torch.rand(len(clips))
    noise = torch.randn_like(clips)
    at = t[:, None, None, None, None]
    first = beginnings(clips, (torch.rand(len(clips)) >= DROPPED).float())
    y = model(((1 - at) * clips + at * noise).flatten(0, 1), t, first)
    loss = ((y - (noise - clips).flatten(0, 1)) ** 2).mean()
    adam.zero_grad()
    loss.backward()
    nn.utils.clip_grad_norm_(model.parameters(), 1)
    adam.step()
    rate.step()
    decay = min(EMA, (1 + step) / (10 + step))
    with torch.no_grad():
        for mean, p in zip(average, model.parameters()):
            mean.lerp_(p, 1 - decay)
    losses.append(loss.item())
    if (step + 1) % 100 == 0:
        print(f"step {step + 1}: loss {sum(losses[-100:]) / 100:.3f}, {(time.time() - started) / 60:.1f} minutes", flush=True)

with torch.no_grad():
    for mean, p in zip(average, model.parameters()):
        p.copy_(mean)
    made = []
    for clips in held.split(8):
        x = torch.randn_like(clips).flatten(0, 1)
        first = beginnings(clips, torch.ones(len(clips)))
        for i in range(given.sampling, 0, -1):
            x = x - model(x, torch.full((len(clips),), i / given.sampling), first) / given.sampling
        made.append(x.reshape(clips.shape))
    # As bytes, as pictures are.
    made = ((torch.cat(made) + 1) * 127.5).round().clamp(0, 255) / 255
    real = (held + 1) / 2


def changes(clips):
    each = (clips.roll(-1, 1) - clips).abs().mean((0, 2, 3, 4))
    return each[:-1].mean().item(), each[-1].item()


(between, round_), (real_between, real_round) = changes(made), changes(real)
error, copies = ((made - real) ** 2).mean().item(), ((real[:, :1] - real) ** 2).mean().item()
print(f"change between frames {between:.4f}, real {real_between:.4f}: {between / real_between:.3f}")
print(f"from last to first {round_:.4f}, real {real_round:.4f}: {round_ / real_round:.3f}")
print(f"squared error {error:.5f}, of copies {copies:.5f}: {error / copies:.3f}")
