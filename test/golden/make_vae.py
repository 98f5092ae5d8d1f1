"""Makes vae.safetensors beside this file with PyTorch: python3 test/golden/make_vae.py

VAEs, convolutional and dense: weights as PyTorch names and lays them out, the gradient of every one, and where ten steps of Adam
lead. Needs torch and safetensors (made with torch 2.13); computed in float64 from float32 weights, stored as float32.
Pictures are drawn from mulberry32 by both sides, in (N, H, W, C). The noise is simdream's, made here again: Threefry
under the key of the step, and Box and Muller. Configurations, losses and parts are in the metadata, as JSON.
"""

import json
import math
import pathlib

import torch
from safetensors.torch import save_file
from torch import nn
from torch.nn import functional as F

HERE = pathlib.Path(__file__).parent
STEPS, ROWS, MASK = 10, 6, 0xFFFFFFFF
torch.set_num_threads(1)


def mulberry32(seed):
    state = seed
    while True:
        state = (state + 0x6D2B79F5) & MASK
        t = ((state ^ (state >> 15)) * (state | 1)) & MASK
        t ^= (t + ((t ^ (t >> 7)) * (t | 61) & MASK)) & MASK
        yield (t ^ (t >> 14)) / 2**32


def threefry(k0, k1, x, y):
    keys = [k0, k1, k0 ^ k1 ^ 0x1BD11BDA]
    x, y = (x + k0) & MASK, (y + k1) & MASK
    for turn in range(20):
        by = [13, 15, 26, 6, 17, 29, 16, 24][turn % 8]
        x = (x + y) & MASK
        y = ((y << by | y >> (32 - by)) & MASK) ^ x
        if turn % 4 == 3:
            group = (turn + 1) // 4
            x = (x + keys[group % 3]) & MASK
            y = (y + keys[(group + 1) % 3] + group) & MASK
    return x, y


def noise(shape, step):
    """Of the step's first draw: the key (step, 0), its child 0, block 0."""
    key = threefry(step, 0, 0, MASK)
    count = math.prod(shape)
    words = [word for i in range((count + 7) // 8 * 4) for word in threefry(*key, i, 0)]
    u = [(word >> 8) / 2**24 for word in words]
    values = []
    for i in range(count):
        first = i - i % 8 + i % 4
        radius, angle = math.sqrt(-2 * math.log(1 - u[first])), 2 * math.pi * u[first + 4]
        values.append(radius * (math.cos(angle) if i % 8 < 4 else math.sin(angle)))
    return torch.tensor(values, dtype=torch.float64).reshape(shape)


class Body(nn.Module):
    pass


def norm_of(kind, channels):
    if kind == "batch":
        return nn.BatchNorm2d(channels)
    return nn.GroupNorm(max(1, channels // 8), channels) if kind == "group" else nn.Identity()


class Dense(nn.Module):
    """Names as simdream's. A grey picture's numbers have one order."""

    def __init__(self, shape, hidden, latent, **_):
        super().__init__()
        numbers = math.prod(shape)
        self.encoder, self.decoder = Body(), Body()
        self.encoder.layers = nn.ModuleList([nn.Linear(numbers, hidden), nn.Linear(hidden, hidden)])
        self.encoder.mean = nn.Linear(hidden, latent)
        self.encoder.log_variance = nn.Linear(hidden, latent)
        self.decoder.layers = nn.ModuleList([nn.Linear(latent, hidden), nn.Linear(hidden, hidden)])
        self.decoder.output = nn.Linear(hidden, numbers)

    def forward(self, x, codes, eps):
        y = x = x.flatten(1)
        for layer in self.encoder.layers:
            y = layer(y).tanh()
        mean, log_variance = self.encoder.mean(y), self.encoder.log_variance(y)
        y = mean + (log_variance / 2).exp() * eps
        for layer in self.decoder.layers:
            y = layer(y).tanh()
        kl = (log_variance.exp() + mean**2 - 1 - log_variance).sum() / 2
        return F.binary_cross_entropy_with_logits(self.decoder.output(y), x, reduction="sum"), kl


class Conv(nn.Module):
    """Names as simdream's."""

    def __init__(self, shape, channels, latent, classes, pixels, norm, activation, **_):
        super().__init__()
        height, width, depth = shape
        self.activation = {"relu": F.relu, "silu": F.silu, "leaky_relu": lambda x: F.leaky_relu(x, 0.2)}[activation]
        self.pixels = pixels
        sides = [(height, width), (height // 2, width // 2), (height // 4, width // 4)]
        widths = [depth, channels, 2 * channels]
        self.small = (widths[2], *sides[2])
        features, codes = math.prod(self.small), sum(classes)
        self.encoder, self.decoder = Body(), Body()
        halving = {"kernel_size": 4, "stride": 2, "padding": 1}
        self.encoder.layers = nn.ModuleList(nn.Conv2d(widths[i], widths[i + 1], **halving) for i in range(2))
        self.encoder.norms = nn.ModuleList(norm_of(norm, width) for width in widths[1:])
        self.encoder.mean = nn.Linear(features + codes, latent)
        self.encoder.log_variance = nn.Linear(features + codes, latent)
        self.decoder.input = nn.Linear(latent + codes, features)
        outputs = [[a - 2 * b for a, b in zip(sides[i], sides[i + 1])] for i in range(2)]
        first = nn.ConvTranspose2d(widths[2], widths[1], **halving, output_padding=outputs[1])
        self.decoder.layers = nn.ModuleList([first])
        self.decoder.norms = nn.ModuleList([norm_of(norm, widths[1])])
        self.decoder.output = nn.ConvTranspose2d(widths[1], depth, **halving, output_padding=outputs[0])
        if pixels != "bernoulli":
            name = "log_variance" if pixels == "gaussian" else "log_scale"
            self.decoder.register_parameter(name, nn.Parameter(torch.tensor([0.0 if pixels == "gaussian" else -2.0])))

    def forward(self, x, codes, eps):
        """x (N, C, H, W) → reconstruction, KL, summed."""
        y = x
        for layer, norm in zip(self.encoder.layers, self.encoder.norms):
            y = self.activation(norm(layer(y)))
        y = torch.cat([y.flatten(1), codes], 1)
        mean, log_variance = self.encoder.mean(y), self.encoder.log_variance(y)
        z = mean + (log_variance / 2).exp() * eps
        y = self.decoder.input(torch.cat([z, codes], 1)).reshape(-1, *self.small)
        y = self.decoder.norms[0](self.decoder.layers[0](self.activation(y)))
        y = self.decoder.output(self.activation(y))
        kl = (log_variance.exp() + mean**2 - 1 - log_variance).sum() / 2
        return self.nll(y, x).sum(), kl

    def nll(self, y, x):
        if self.pixels == "bernoulli":
            return F.binary_cross_entropy_with_logits(y, x, reduction="none")
        if self.pixels == "gaussian":
            log = self.decoder.log_variance
            return (math.log(2 * math.pi) + log + (x - y) ** 2 * torch.exp(-log)) / 2
        target, inverse = 2 * x - 1, torch.exp(-self.decoder.log_scale)
        plus, minus = inverse * (target - y + 1 / 255), inverse * (target - y - 1 / 255)
        below, above = torch.sigmoid(plus) - torch.sigmoid(minus), torch.sigmoid(-minus) - torch.sigmoid(-plus)
        inner = torch.log(torch.where(target > y, above, below))
        edges = torch.where(target > 0.999, -F.softplus(minus), inner)
        return -torch.where(target < -0.999, plus - F.softplus(plus), edges)


def batches(shape, classes):
    random = mulberry32(5)
    count = math.prod(shape)
    for _ in range(STEPS):
        data = [math.floor(256 * next(random)) for _ in range(ROWS * count)]
        labels = [[math.floor(number * next(random)) for number in classes] for _ in range(ROWS)]
        pictures = torch.tensor(data, dtype=torch.float64).reshape(ROWS, *shape) / 255
        codes = [[float(label == i) for label, n in zip(row, classes) for i in range(n)] for row in labels]
        yield pictures.permute(0, 3, 1, 2).contiguous(), torch.tensor(codes, dtype=torch.float64).reshape(ROWS, -1)


CONFIGURATIONS = {
    "dense": {"shape": [4, 5, 1], "hidden": 16, "classes": [], "pixels": "bernoulli", "beta": 1},
    "plain": {"shape": [8, 8, 1], "channels": 4, "classes": [], "pixels": "bernoulli", "norm": "none",
              "activation": "relu", "beta": 1},
    "batch": {"shape": [10, 9, 3], "channels": 3, "classes": [3, 2], "pixels": "gaussian", "norm": "batch",
              "activation": "leaky_relu", "beta": 0.5},
    "group": {"shape": [8, 8, 1], "channels": 8, "classes": [], "pixels": "logistic", "norm": "group",
              "activation": "silu", "beta": 2},
}

file, told = {}, {}
for name, config in CONFIGURATIONS.items():
    config["latent"] = 3
    torch.manual_seed(3)
    model = (Dense if "hidden" in config else Conv)(**config).double()
    for p in model.parameters():  # what float32 can hold
        p.data = p.data.float().double()

    def keep(what, tensors):
        for key, value in tensors:
            value = value.detach()
            file[f"{name}.{what}.{key}"] = (value if value.dtype == torch.int64 else value.float()).contiguous().clone()

    keep("weights", model.state_dict().items())
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    losses, parts = [], []
    for step, (x, codes) in enumerate(batches(config["shape"], config["classes"])):
        optimizer.zero_grad()
        reconstruction, kl = model(x, codes, noise([ROWS, config["latent"]], step))
        loss = (reconstruction + config["beta"] * kl) / ROWS
        loss.backward()
        if step == 0:
            keep("grads", ((key, p.grad) for key, p in model.named_parameters()))
            keep("averages", ((key, b) for key, b in model.named_buffers() if "running" in key))
        optimizer.step()
        losses.append(loss.item())
        parts.append([reconstruction.item() / ROWS, kl.item() / ROWS])
    keep("trained", ((k, v) for k, v in model.state_dict().items() if "num_batches" not in k))
    told[name] = config | {"losses": losses, "parts": parts}
save_file(file, HERE / "vae.safetensors", {"configurations": json.dumps(told)})
