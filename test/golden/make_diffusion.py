"""Makes diffusion.safetensors and video.safetensors beside this file with PyTorch: python3 test/golden/make_diffusion.py

Diffusions: U-Nets with and without labels, attention and captions, Transformers of patches, and dense layers, of every
objective; and U-Nets of clips, with attention over time and first frames, in the second file: weights as PyTorch names and lays them out, the gradient of every one, and where ten steps of AdamW lead. Needs torch and safetensors (made with torch
2.13); computed in float64 from float32 weights, stored as float32. Examples are drawn from mulberry32 by both sides, in
(N, H, W, C), or (N, F, H, W, C). Times and noise are simdream's, made here again: Threefry under the key of the step, and Box and Muller.
Configurations and losses are in the metadata, as JSON.
"""

import json
import math
import pathlib

import torch
from captions import MASK, Text, mulberry32
from safetensors.torch import save_file
from torch import nn
from torch.nn import functional as F

HERE = pathlib.Path(__file__).parent
STEPS, ROWS, TIME = 10, 6, 64
torch.set_num_threads(1)


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


def uniform(count, seed, draw):
    """Of a draw of the step: the key (seed, 0), its child of this number, block 0."""
    key = threefry(seed, 0, draw, MASK)
    words = [word for i in range((count + 7) // 8 * 4) for word in threefry(*key, i, 0)]
    return [(word >> 8) / 2**24 for word in words]


def normal(shape, seed, draw):
    count = math.prod(shape)
    u = uniform(count, seed, draw)
    values = []
    for i in range(count):
        first = i - i % 8 + i % 4
        radius, angle = math.sqrt(-2 * math.log(1 - u[first])), 2 * math.pi * u[first + 4]
        values.append(radius * (math.cos(angle) if i % 8 < 4 else math.sin(angle)))
    return torch.tensor(values, dtype=torch.float64).reshape(shape)


def group_norm(channels):
    groups = min(8, max(1, channels // 2))
    while channels % groups:
        groups -= 1
    return nn.GroupNorm(groups, channels)


def of_clips(norm, x, frames):
    """A norm over whole clips of x (N F, C, H, W)."""
    n, c, h, w = x.shape
    y = x.reshape(-1, frames, c, h, w).transpose(1, 2)
    return norm(y).transpose(1, 2).reshape(x.shape)


class OverTime(nn.Module):
    def __init__(self, channels, frames):
        super().__init__()
        self.frames = frames
        self.norm = group_norm(channels)
        self.positions = nn.Embedding(frames, channels)
        self.c_attn = nn.Linear(channels, 3 * channels)
        self.c_proj = nn.Linear(channels, channels)

    def forward(self, x):
        n, c, h, w = x.shape
        y = of_clips(self.norm, x, self.frames).reshape(-1, self.frames, c, h, w)
        y = y.permute(0, 3, 4, 1, 2).reshape(-1, self.frames, c) + self.positions.weight
        q, k, v = self.c_attn(y).chunk(3, 2)
        y = self.c_proj(attended(q, k, v, 4 if c % 4 == 0 else 1))
        return x + y.reshape(-1, h, w, self.frames, c).permute(0, 3, 4, 1, 2).reshape(x.shape)


class Block(nn.Module):
    def __init__(self, inputs, outputs):
        super().__init__()
        self.norm1, self.norm2 = group_norm(inputs), group_norm(outputs)
        self.conv1 = nn.Conv2d(inputs, outputs, 3, padding=1)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, padding=1)
        self.told = nn.Linear(TIME, outputs)
        if inputs != outputs:
            self.skip = nn.Conv2d(inputs, outputs, 1)

    def forward(self, x, told):
        y = self.conv1(F.silu(of_clips(self.norm1, x, clip_frames))) + self.told(told)[:, :, None, None]
        y = self.conv2(F.silu(of_clips(self.norm2, y, clip_frames)))
        return y + (self.skip(x) if hasattr(self, "skip") else x)


class Mixer(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.norm = group_norm(channels)
        self.c_attn = nn.Linear(channels, 3 * channels)
        self.c_proj = nn.Linear(channels, channels)

    def forward(self, x, frames):
        n, c, h, w = x.shape
        y = self.c_attn(of_clips(self.norm, x, frames).flatten(2).transpose(1, 2))
        q, k, v = (one.reshape(n, h * w, 4, c // 4).transpose(1, 2) for one in y.split(c, 2))
        y = F.scaled_dot_product_attention(q, k, v).transpose(1, 2).reshape(n, h * w, c)
        return x + self.c_proj(y).transpose(1, 2).reshape(x.shape)


def heads_of(x, heads):
    n, t, c = x.shape
    return x.reshape(n, t, heads, c // heads).transpose(1, 2)


def attended(q, k, v, heads, mask=None):
    """(N, T, C) each; mask (N, T of keys): those that count."""
    mask = None if mask is None else mask[:, None, None, :]
    y = F.scaled_dot_product_attention(heads_of(q, heads), heads_of(k, heads), heads_of(v, heads), attn_mask=mask)
    return y.transpose(1, 2).reshape(q.shape)


class SelfAttention(nn.Module):
    def __init__(self, channels, heads):
        super().__init__()
        self.heads = heads
        self.c_attn = nn.Linear(channels, 3 * channels)
        self.c_proj = nn.Linear(channels, channels)

    def forward(self, x, mask=None):
        q, k, v = self.c_attn(x).chunk(3, 2)
        return self.c_proj(attended(q, k, v, self.heads, mask))


class Look(nn.Module):
    def __init__(self, channels, heads, width):
        super().__init__()
        self.heads = heads
        self.q_attn = nn.Linear(channels, channels)
        self.c_attn = nn.Linear(width, 2 * channels)
        self.c_proj = nn.Linear(channels, channels)

    def forward(self, x, memory):
        k, v = self.c_attn(memory[0]).chunk(2, 2)
        return self.c_proj(attended(self.q_attn(x), k, v, self.heads, memory[1]))


class WordMixer(Look):
    def __init__(self, channels, width):
        super().__init__(channels, 4 if channels % 4 == 0 else 1, width)
        self.norm = group_norm(channels)

    def forward(self, x, memory):
        n, c, h, w = x.shape
        rows = len(memory[0])
        y = of_clips(self.norm, x, n // rows).permute(0, 2, 3, 1).reshape(rows, -1, c)
        return x + super().forward(y, memory).reshape(n, h, w, c).permute(0, 3, 1, 2)


class FeedForward(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.c_fc = nn.Linear(channels, 4 * channels)
        self.c_proj = nn.Linear(4 * channels, channels)

    def forward(self, x):
        return self.c_proj(F.gelu(self.c_fc(x), approximate="tanh"))


def normed(x):
    return F.layer_norm(x, x.shape[-1:])


class PatchBlock(nn.Module):
    def __init__(self, hidden, heads, width):
        super().__init__()
        self.told = nn.Linear(TIME, 6 * hidden)
        self.attn, self.mlp = SelfAttention(hidden, heads), FeedForward(hidden)
        if width:
            self.words = Look(hidden, heads, width)

    def forward(self, x, told, memory):
        shift1, scale1, gate1, shift2, scale2, gate2 = self.told(told)[:, None].chunk(6, 2)
        x = x + gate1 * self.attn((1 + scale1) * normed(x) + shift1)
        if memory:
            x = x + self.words(normed(x), memory)
        return x + gate2 * self.mlp((1 + scale2) * normed(x) + shift2)


class Diffusion(nn.Module):
    """Names as simdream's."""

    def __init__(
        self,
        shape,
        classes,
        channels=0,
        levels=0,
        attention=False,
        hidden=0,
        layers=0,
        patch=0,
        heads=0,
        text=None,
        timeLevels=0,
        first=False,
        **_,
    ):
        super().__init__()
        self.first = first
        shape = shape[-3:] if len(shape) > 1 else shape
        frames = clip_frames
        if text:
            self.text = Text(TIME, **text)
        self.time = nn.Linear(TIME, TIME)
        if classes:
            self.labels = nn.ModuleList(nn.Embedding(count + 1, TIME) for count in classes)
        self.patch = patch
        if patch:
            self.input = nn.Conv2d(shape[2], hidden, patch, patch)
            places = shape[0] // patch * (shape[1] // patch)
            self.positions = nn.Embedding(places, hidden)
            width = text["width"] if text else 0
            self.blocks = nn.ModuleList(PatchBlock(hidden, heads, width) for _ in range(layers))
            self.told = nn.Linear(TIME, 2 * hidden)
            self.output = nn.ConvTranspose2d(hidden, shape[2], patch, patch)
            return
        self.dense = hidden > 0
        if self.dense:
            self.input = nn.Linear(math.prod(shape), hidden)
            self.blocks = nn.ModuleList(
                nn.ModuleDict(
                    {"linear1": nn.Linear(hidden, hidden), "told": nn.Linear(TIME, hidden), "linear2": nn.Linear(hidden, hidden)}
                )
                for _ in range(layers)
            )
            self.output = nn.Linear(hidden, math.prod(shape))
            return
        widths = [channels * 2**i for i in range(levels)]
        self.input = nn.Conv2d(2 * shape[2] + 1 if first else shape[2], channels, 3, padding=1)
        self.down = nn.ModuleList(Block(width, width) for width in widths)
        if levels > 1:
            self.halving = nn.ModuleList(nn.Conv2d(width, 2 * width, 3, 2, 1) for width in widths[:-1])
            self.doubling = nn.ModuleList(nn.ConvTranspose2d(2 * width, width, 4, 2, 1) for width in widths[:-1])
            self.up = nn.ModuleList(Block(2 * width, width) for width in widths[:-1])
        if attention:
            self.attention = Mixer(widths[-1])
        if text and "levels" in text:
            read = range(levels - text["levels"], levels)
            self.down_words = nn.ModuleDict({str(i): WordMixer(widths[i], text["width"]) for i in read})
            if text["levels"] > 1:
                self.up_words = nn.ModuleDict({str(i): WordMixer(widths[i], text["width"]) for i in read[:-1]})
        if timeLevels:
            self.frames = nn.Embedding(frames, TIME)
            over = range(levels - timeLevels, levels)
            self.down_time = nn.ModuleDict({str(i): OverTime(widths[i], frames) for i in over})
            if timeLevels > 1:
                self.up_time = nn.ModuleDict({str(i): OverTime(widths[i], frames) for i in over[:-1]})
        self.norm = group_norm(channels)
        self.output = nn.Conv2d(channels, shape[2], 3, padding=1)

    def forward(self, x, times, labels, ids, first=None):
        """x (N, …), or of clips (N F, C, H, W), and first (N, C + 1, H, W): those that are told and 1, or zeros."""
        frequencies = torch.tensor([10000 ** (-i / 32) for i in range(32)], dtype=torch.float64)
        angles = (1000 * times[:, None] * frequencies).float().double()
        told = self.time(torch.cat([angles.sin(), angles.cos()], 1))
        for c in range(labels.shape[1]):
            told = told + self.labels[c](labels[:, c])
        memory = None
        if hasattr(self, "text"):
            memory = self.text(ids)
            told = told + self.text.said(*memory)
        frames = len(x) // len(times)
        if hasattr(self, "frames"):
            told = (told[:, None] + self.frames.weight).flatten(0, 1)
        told = F.silu(told)
        y = self.input(torch.cat([x, first.repeat_interleave(frames, 0)], 1) if self.first else x)
        if self.patch:
            tokens = y.flatten(2).transpose(1, 2) + self.positions.weight
            for block in self.blocks:
                tokens = block(tokens, told, memory)
            shift, scale = self.told(told)[:, None].chunk(2, 2)
            tokens = (1 + scale) * normed(tokens) + shift
            return self.output(tokens.transpose(1, 2).reshape(y.shape))
        if self.dense:
            for block in self.blocks:
                y = y + block["linear2"](F.silu(block["linear1"](F.silu(y)) + block["told"](told)))
            return self.output(F.silu(y))

        def read(words, i, y):
            found, over = getattr(self, words + "_words", {}), getattr(self, words + "_time", {})
            y = found[str(i)](y, memory) if str(i) in found else y
            return over[str(i)](y) if str(i) in over else y

        kept = []
        for i, block in enumerate(self.down):
            y = read("down", i, block(y, told))
            if i < len(self.down) - 1:
                kept.append(y)
                y = self.halving[i](y)
        if hasattr(self, "attention"):
            y = self.attention(y, frames)
        for i in reversed(range(len(kept))):
            y = read("up", i, self.up[i](torch.cat([self.doubling[i](y), kept[i]], 1), told))
        return self.output(F.silu(of_clips(self.norm, y, frames)))


# Examples are predicted from this time on.
LEAST_TIME = 0.05


def signals(schedule):
    def bar(i):
        return math.cos((i / 1000 + 0.008) / 1.008 * math.pi / 2) ** 2

    product, all_ = 1.0, [1.0]
    for i in range(1, 1001):
        linear = 1e-4 + (0.02 - 1e-4) * (i - 1) / 999
        product *= 1 - (min(0.999, 1 - bar(i) / bar(i - 1)) if schedule == "cosine" else linear)
        all_.append(math.sqrt(product))
    return all_


def process(config, u):
    """Times, and weights of examples and noise in what is seen and in what is predicted."""
    if config["objective"] == "flow":
        if config.get("prediction") == "example":
            u = torch.tensor([max(LEAST_TIME, math.sqrt(t)) for t in u], dtype=torch.float32).double().tolist()
        return u, [(1 - t, t) for t in u], [(-1, 1) for _ in u]
    table = signals(config["noiseSchedule"])
    steps = [math.floor(1000 * one) + 1 for one in u]
    seen = [(table[n], math.sqrt(1 - table[n] ** 2)) for n in steps]
    target = [(-b, a) for a, b in seen] if config["prediction"] == "velocity" else [(0, 1) for _ in u]
    times = torch.tensor([n / 1000 for n in steps], dtype=torch.float32).double().tolist()
    return times, seen, target


def batches(shape, classes, text):
    random = mulberry32(5)
    count = math.prod(shape)
    for _ in range(STEPS):
        data = [math.floor(256 * next(random)) for _ in range(ROWS * count)]
        labels = [[math.floor(number * next(random)) for number in classes] for _ in range(ROWS)]
        ids = [caption(random, **text) for _ in range(ROWS)] if text else [[] for _ in range(ROWS)]
        numbers = torch.tensor(data, dtype=torch.float64).reshape(ROWS, -1) / 255
        yield 2 * numbers - 1 if len(shape) >= 3 else numbers, labels, ids


def caption(random, tokens, context, **_):
    length = math.floor((context + 1) * next(random))
    ids = [math.floor(tokens * next(random)) for _ in range(context)]
    return [one if i < length else -1 for i, one in enumerate(ids)]


def config_of(shape, objective="flow", classes=(), dropout=0, captionDropout=0, firstDropout=0, **more):
    told = {"classes": list(classes), "dropout": dropout, "captionDropout": captionDropout}
    told |= {"firstDropout": firstDropout} if firstDropout else {}
    return {"shape": shape, "objective": objective, **told, **more}


NOISE = {"objective": "noise", "noiseSchedule": "linear", "prediction": "noise"}
EXAMPLE = {"objective": "flow", "prediction": "example"}
VELOCITY = {"objective": "noise", "noiseSchedule": "cosine", "prediction": "velocity"}
TEXT = {"tokens": 5, "width": 8, "layers": 2, "heads": 2, "context": 4}
CONFIGURATIONS = {
    "unet": config_of([8, 12, 1], channels=2, levels=3),
    "conditional": config_of([4, 4, 3], classes=[3, 2], dropout=0.3, channels=3, levels=2),
    "attention": config_of([4, 6, 1], channels=4, levels=2, attention=True, **VELOCITY),
    "groups": config_of([5, 3, 1], channels=12, levels=1, **NOISE),
    "words": config_of([4, 4, 3], captionDropout=0.3, channels=4, levels=2, text=TEXT | {"levels": 1}),
    "words and labels": config_of(
        [4, 6, 1],
        **(VELOCITY | {"classes": [3], "dropout": 0.3, "captionDropout": 0.3}),
        **{"channels": 4, "levels": 2, "attention": True, "text": TEXT | {"levels": 2}},
    ),
    "dit": config_of([4, 6, 3], classes=[3], dropout=0.3, patch=2, hidden=8, layers=1, heads=2),
    "dit words": config_of([4, 4, 1], captionDropout=0.3, patch=2, hidden=4, layers=2, heads=2, text=TEXT),
    "example": config_of([4, 6, 3], classes=[3], dropout=0.3, channels=4, levels=2, **EXAMPLE),
    "mlp words": config_of([3], hidden=4, layers=1, text=TEXT | {"layers": 1}),
    "mlp": config_of([3], classes=[2], dropout=0.2, hidden=8, layers=2),
    "mlp noise": config_of([2], hidden=8, layers=2, **(NOISE | {"noiseSchedule": "cosine"})),
}

CLIPS = {
    "clips": config_of([3, 4, 6, 1], channels=4, levels=2, timeLevels=1, first=False),
    "first frames": config_of([2, 4, 4, 3], firstDropout=0.4, channels=3, levels=2, timeLevels=2, first=True),
    "told clips": config_of(
        [4, 4, 4, 1],
        **(VELOCITY | {"classes": [3], "dropout": 0.3, "captionDropout": 0.3, "firstDropout": 0.3}),
        **{"channels": 4, "levels": 2, "attention": True, "timeLevels": 1, "first": True},
        text=TEXT | {"levels": 2},
    ),
}

# Of these the weights after ten steps are stored, too; of the others their losses say enough. (Keys have biases that change
# nothing, so their gradients are noise, which AdamW makes steps of.)
WHOLE = ["unet", "conditional", "mlp"]


def main():
    global clip_frames
    for name, config in (CONFIGURATIONS | CLIPS).items():
        if name in [next(iter(CONFIGURATIONS)), next(iter(CLIPS))]:
            file, told = {}, {}
        torch.manual_seed(3)
        clip_frames = config["shape"][0] if name in CLIPS else 1
        model = Diffusion(**config).double()
        for p in model.parameters():  # what float32 can hold
            p.data = p.data.float().double()
        shape, classes, text = config["shape"], config["classes"], config.get("text")

        def keep(what, tensors):
            for key, value in tensors:
                file[f"{name}.{what}.{key}"] = value.detach().float().contiguous().clone()

        keep("weights", model.state_dict().items())
        adam = torch.optim.AdamW(model.parameters(), lr=1e-3, weight_decay=0.01)
        losses = []
        for step, (x, labels, ids) in enumerate(batches(shape, classes, text)):
            times, seen, target = process(config, uniform(ROWS, step, 0)[:ROWS])
            noise = normal([ROWS, math.prod(shape)], step, 1)
            if config["dropout"] or config["captionDropout"]:
                for row, own, u in zip(labels, ids, uniform(ROWS, step, 2)):
                    row[:] = classes if u < config["dropout"] else row
                    if 0 <= u - config["dropout"] / 2 < config["captionDropout"]:
                        own[:] = [-1] * len(own)
            mixed, wanted = ([u * x[i] + v * noise[i] for i, (u, v) in enumerate(one)] for one in (seen, target))
            places = torch.tensor(labels, dtype=torch.int64).reshape(ROWS, -1)

            def pictures(rows):
                rows = torch.stack(rows)
                return rows.reshape(-1, *shape[-3:]).permute(0, 3, 1, 2) if len(shape) >= 3 else rows

            first = None
            if config.get("first"):
                drawn = uniform(ROWS, step, 3 if config["dropout"] or config["captionDropout"] else 2)
                known = torch.tensor([u >= config["firstDropout"] for u in drawn[:ROWS]]).double()
                frames = pictures(list(x))[:: shape[0]]
                first = torch.cat([frames, torch.ones_like(frames[:, :1])], 1) * known[:, None, None, None]

            adam.zero_grad()
            spoken = torch.tensor(ids, dtype=torch.int64).reshape(ROWS, -1)
            y = model(pictures(mixed), torch.tensor(times, dtype=torch.float64), places, spoken, first)
            if config.get("prediction") == "example":  # the velocity that follows from it
                y = (pictures(mixed) - y) / torch.tensor(times, dtype=torch.float64)[:, None, None, None]
            loss = ((y - pictures(wanted)) ** 2).mean()
            loss.backward()
            if step == 0:
                keep("grads", ((key, p.grad) for key, p in model.named_parameters()))
            adam.step()
            losses.append(loss.item())
        if name in WHOLE:
            keep("trained", model.state_dict().items())
        told[name] = config | {"losses": losses}
        last = {list(CONFIGURATIONS)[-1]: "diffusion", list(CLIPS)[-1]: "video"}
        if name in last:
            save_file(file, HERE / f"{last[name]}.safetensors", {"configurations": json.dumps(told)})


if __name__ == "__main__":
    main()
