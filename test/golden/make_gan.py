"""Makes gan.safetensors beside this file with PyTorch: python3 test/golden/make_gan.py

GANs, convolutional and dense, with every objective, spectral norm (torch.nn.utils.spectral_norm) and penalties by differences:
weights as PyTorch names and lays them out, the gradient of every one of both sides, and where ten steps lead with an Adam for
each side. Needs torch and safetensors (made with torch 2.13); computed in float64 from float32 weights, stored as
float32. Examples are drawn from mulberry32 by both sides, in (N, H, W, C). The noise is simdream's, made here again: Threefry
under the key of the phase, and Box and Muller. Configurations and losses are in the metadata, as JSON.
"""

import json
import math
import pathlib
import warnings

import torch
from safetensors.torch import save_file
from torch import nn
from torch.nn import functional as F

warnings.simplefilter("ignore", FutureWarning)
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


def noise(shape, seed, draw):
    """Of a draw of the phase: the key (seed, 0), its child of this number, block 0."""
    key = threefry(seed, 0, draw, MASK)
    count = math.prod(shape)
    words = [word for i in range((count + 7) // 8 * 4) for word in threefry(*key, i, 0)]
    u = [(word >> 8) / 2**24 for word in words]
    values = []
    for i in range(count):
        first = i - i % 8 + i % 4
        radius, angle = math.sqrt(-2 * math.log(1 - u[first])), 2 * math.pi * u[first + 4]
        values.append(radius * (math.cos(angle) if i % 8 < 4 else math.sin(angle)))
    return torch.tensor(values, dtype=torch.float64).reshape(shape)


def examples(x, shape):
    """Numbers as simdream has them, (N, H, W, C), to (N, C, H, W); vectors as they are."""
    return x.reshape(ROWS, *shape).permute(0, 3, 1, 2) if len(shape) == 3 else x


def sides_of(height, width):
    sides = [(height, width)]
    while height % 2 == 0 and width % 2 == 0 and min(height, width) >= 8:
        height, width = height // 2, width // 2
        sides.append((height, width))
    return sides


class Generator(nn.Module):
    """Names as simdream's."""

    def __init__(self, shape, latent, classes, channels=0, hidden=0, **_):
        super().__init__()
        inputs = latent + sum(classes)
        if hidden:
            self.layers = nn.ModuleList(nn.Linear(hidden if i else inputs, hidden) for i in range(3))
            self.output = nn.Linear(hidden, math.prod(shape))
            return
        sides = sides_of(*shape[:2])
        halvings = len(sides) - 1
        widths = [inputs] + [channels * 2 ** (halvings - 1 - i) for i in range(halvings)]
        forms = [{"kernel_size": sides[-1]}] + [{"kernel_size": 4, "stride": 2, "padding": 1}] * (halvings - 1)
        self.layers = nn.ModuleList(
            nn.ConvTranspose2d(widths[i], widths[i + 1], **forms[i], bias=False) for i in range(halvings)
        )
        self.norms = nn.ModuleList(nn.BatchNorm2d(width) for width in widths[1:])
        self.output = nn.ConvTranspose2d(widths[-1], shape[2], 4, 2, 1)

    def forward(self, z, codes):
        y = torch.cat([z, codes], 1)
        if isinstance(self.output, nn.Linear):
            for layer in self.layers:
                y = F.leaky_relu(layer(y))
            return self.output(y)
        y = y[:, :, None, None]
        for layer, norm in zip(self.layers, self.norms):
            y = F.relu(norm(layer(y)))
        return self.output(y).tanh()


class Discriminator(nn.Module):
    """Names as simdream's."""

    def __init__(self, shape, classes, spectral=False, channels=0, hidden=0, **_):
        super().__init__()
        wrap = torch.nn.utils.spectral_norm if spectral else lambda layer: layer
        codes = sum(classes)
        self.norms = nn.ModuleDict()
        self.slope = 0.01 if hidden else 0.2
        if hidden:
            inputs = math.prod(shape)
            self.layers = nn.ModuleList(wrap(nn.Linear(hidden if i else inputs, hidden)) for i in range(3))
            self.output = wrap(nn.Linear(hidden, 1))
            if codes:
                self.projection = wrap(nn.Linear(hidden, codes, bias=False))
            return
        sides = sides_of(*shape[:2])
        widths = [shape[2]] + [channels * 2**i for i in range(len(sides) - 1)]
        normed = [i > 0 and not spectral for i in range(len(sides) - 1)]
        self.layers = nn.ModuleList(
            wrap(nn.Conv2d(widths[i], widths[i + 1], 4, 2, 1, bias=not normed[i])) for i in range(len(sides) - 1)
        )
        for i, here in enumerate(normed):
            if here:
                self.norms[str(i)] = nn.BatchNorm2d(widths[i + 1])
        self.output = wrap(nn.Conv2d(widths[-1], 1, sides[-1]))
        if codes:
            self.projection = wrap(nn.Conv2d(widths[-1], codes, sides[-1], bias=False))

    def forward(self, x, codes):
        y = x
        for i, layer in enumerate(self.layers):
            y = layer(y)
            if str(i) in self.norms:
                y = self.norms[str(i)](y)
            y = F.leaky_relu(y, self.slope)
        logits = self.output(y).flatten(1)
        if codes.shape[1]:
            logits = logits + (self.projection(y).flatten(1) * codes).sum(1, keepdim=True)
        return logits


def without_averages(module, *inputs):
    """Batch norm by the batch, but its running averages stay."""
    norms = [one for one in module.modules() if isinstance(one, nn.BatchNorm2d)]
    for one in norms:
        one.momentum = 0.0
    y = module(*inputs)
    for one in norms:
        one.momentum = 0.1
    return y


def discriminator_loss(objective, real, fake, smoothing):
    if objective == "hinge":
        return F.relu(1 - real).sum() + F.relu(1 + fake).sum()
    if objective == "least-squares":
        return ((real - 1 + smoothing) ** 2 + fake**2).sum() / 2
    entropy = F.binary_cross_entropy_with_logits
    ones = torch.full_like(real, 1 - smoothing)
    return entropy(real, ones, reduction="sum") + entropy(fake, torch.zeros_like(fake), reduction="sum")


def generator_loss(objective, fake):
    if objective == "hinge":
        return -fake.sum()
    if objective == "least-squares":
        return ((fake - 1) ** 2).sum() / 2
    return -F.logsigmoid(fake).sum()


def batches(shape, classes):
    random = mulberry32(5)
    count = math.prod(shape)
    for _ in range(STEPS):
        data = [math.floor(256 * next(random)) for _ in range(ROWS * count)]
        labels = [[math.floor(number * next(random)) for number in classes] for _ in range(ROWS)]
        numbers = torch.tensor(data, dtype=torch.float64).reshape(ROWS, -1) / 255
        x = 2 * numbers - 1 if len(shape) == 3 else numbers
        codes = [[float(label == i) for label, n in zip(row, classes) for i in range(n)] for row in labels]
        yield examples(x, shape), torch.tensor(codes, dtype=torch.float64).reshape(ROWS, -1)


def config_of(shape, objective="non-saturating", classes=(), smoothing=0, r1=0, r2=0, sigma=0.05, spectral=False, **body):
    return {"shape": shape, "latent": 3, "classes": list(classes), "objective": objective, "smoothing": smoothing,
            "r1": r1, "r2": r2, "sigma": sigma, "spectral": spectral, **body}


CONFIGURATIONS = {
    "dcgan": config_of([16, 16, 1], channels=4, smoothing=0.1),
    "conditional": config_of([16, 16, 1], channels=3, classes=[3, 2], objective="least-squares"),
    "spectral": config_of([8, 16, 3], channels=4, classes=[3], objective="hinge", spectral=True),
    "penalties": config_of([8, 8, 1], channels=4, r1=2, spectral=True),
    "dense": config_of([3], hidden=8, r1=0.1, r2=0.2),
    "dense conditional": config_of([4], hidden=8, classes=[2], objective="least-squares", smoothing=0.2, spectral=True),
}

file, told = {}, {}
for name, config in CONFIGURATIONS.items():
    torch.manual_seed(3)
    model = nn.ModuleDict({"generator": Generator(**config), "discriminator": Discriminator(**config)}).double()
    for p in [*model.parameters(), *model.buffers()]:  # what float32 can hold
        if p.dtype == torch.float64:
            p.data = p.data.float().double()
    generator, discriminator = model["generator"], model["discriminator"]
    discriminator.output.bias.data.fill_(0.9375)  # real and generated examples do not cancel out in its gradient
    shape, classes = config["shape"], config["classes"]

    def keep(what, tensors):
        for key, value in tensors:
            if "num_batches" not in key:
                file[f"{name}.{what}.{key}"] = value.detach().float().contiguous().clone()

    keep("weights", model.state_dict().items())
    adams = [torch.optim.Adam(side.parameters(), lr=2e-4, betas=(0.5, 0.999)) for side in (discriminator, generator)]
    losses = []
    for step, (x, codes) in enumerate(batches(shape, classes)):
        adams[0].zero_grad()
        fake = without_averages(generator, noise([ROWS, 3], 2 * step, 0), codes).detach()
        if len(shape) == 1:
            fake = fake.reshape(ROWS, -1)
        real_logits = discriminator(x, codes)
        if config["spectral"]:
            discriminator.eval()  # one power iteration a step
        fake_logits = discriminator(fake, codes)
        loss = discriminator_loss(config["objective"], real_logits, fake_logits, config["smoothing"])
        draw = 1
        for gamma, logits, of in ((config["r1"], real_logits, x), (config["r2"], fake_logits, fake)):
            if gamma == 0:
                continue
            moves = examples(noise([ROWS, math.prod(shape)], 2 * step, draw), shape)
            moved = without_averages(discriminator, of + config["sigma"] * moves, codes)
            loss = loss + gamma / 2 * (((moved - logits) / config["sigma"]) ** 2).sum()
            draw += 1
        (loss / ROWS).backward()
        if step == 0:
            keep("grads", ((f"discriminator.{key}", p.grad) for key, p in discriminator.named_parameters()))
        adams[0].step()
        losses.append(loss.item() / ROWS)

        adams[1].zero_grad()
        fake = generator(noise([ROWS, 3], 2 * step + 1, 0), codes)
        loss = generator_loss(config["objective"], without_averages(discriminator, fake, codes)) / ROWS
        loss.backward()
        if step == 0:
            keep("grads", ((f"generator.{key}", p.grad) for key, p in generator.named_parameters()))
        adams[1].step()
        losses.append(loss.item())
        discriminator.train()
    keep("trained", model.state_dict().items())
    told[name] = config | {"losses": losses}
save_file(file, HERE / "gan.safetensors", {"configurations": json.dumps(told)})
