"""Makes image_text.safetensors beside this file with PyTorch: python3 test/golden/make_image_text.py

Pairs of encoders of pictures and texts: weights as PyTorch names and lays them out, the gradient of every one, and where ten
steps of AdamW lead, with the scale's logarithm held at ln 100 as in CLIP. Needs torch and safetensors (made with torch 2.13);
computed in float64 from float32 weights, stored as float32. Examples are drawn from mulberry32 by both sides, in (N, H, W, C);
captions come from a few, so that several rows have the same, and rows have one or two. Configurations and losses are in the
metadata, as JSON.
"""

import json
import math
import pathlib

import torch
from captions import Text, mulberry32
from safetensors.torch import save_file
from torch import nn
from torch.nn import functional as F

HERE = pathlib.Path(__file__).parent
STEPS, ROWS, POOL = 10, 6, 5
torch.set_num_threads(1)


class Picture(nn.Module):
    def __init__(self, shape, features, layers, hidden=0, channels=0, groups=(), **_):
        super().__init__()
        self.conv = channels > 0
        widths = [channels * 2**i for i in range(layers)]
        if self.conv:
            pairs = zip([shape[2], *widths], widths)
            self.layers = nn.ModuleList(nn.Conv2d(a, b, 3, 2, 1) for a, b in pairs)
            if groups:
                self.norms = nn.ModuleList(nn.GroupNorm(g, w) for g, w in zip(groups, widths))
            height, width = (math.ceil(side / 2**layers) for side in shape[:2])
            flat = widths[-1] * height * width
        else:
            self.layers = nn.ModuleList(nn.Linear(hidden if i else math.prod(shape), hidden) for i in range(layers))
            flat = hidden
        self.projection = nn.Linear(flat, features)

    def forward(self, x):
        if self.conv:
            x = x.permute(0, 3, 1, 2)
        for i, layer in enumerate(self.layers):
            x = layer(x)
            if hasattr(self, "norms"):
                x = self.norms[i](x)
            x = F.relu(x) if self.conv else x.tanh()
        return self.projection(x.flatten(1))


class Pair(nn.Module):
    """Names as simdream's."""

    def __init__(self, shape, features, temperature, text, **body):
        super().__init__()
        self.picture = Picture(shape, features, **body)
        self.text = Text(features, **text)
        self.logit_scale = nn.Parameter(torch.tensor(math.log(1 / temperature)))

    def forward(self, x, ids, right):
        """right (N, N): whether a caption is one of a picture's."""
        a = F.normalize(self.picture(x), dim=1)
        b = F.normalize(self.text.said(*self.text(ids)), dim=1)
        logits = self.logit_scale.exp() * a @ b.T
        loss = F.cross_entropy(logits, right / right.sum(1, keepdim=True))
        return (loss + F.cross_entropy(logits.T, right.T / right.T.sum(1, keepdim=True))) / 2


def batches(shape, text):
    random = mulberry32(7)
    count = math.prod(shape)
    pool = [caption(random, **text) for _ in range(POOL)]
    for _ in range(STEPS):
        data = [math.floor(256 * next(random)) for _ in range(ROWS * count)]
        own = [[math.floor(POOL * next(random)) for _ in range(2)] for _ in range(ROWS)]
        x = torch.tensor(data, dtype=torch.float64).reshape(ROWS, *shape) / 255
        ids = torch.tensor([pool[first] for first, _ in own])
        right = torch.tensor([[float(said in row) for said, _ in own] for row in own], dtype=torch.float64)
        yield x, ids, right


def caption(random, tokens, context, **_):
    length = 1 + math.floor(context * next(random))
    ids = [math.floor(tokens * next(random)) for _ in range(context)]
    return [one if i < length else -1 for i, one in enumerate(ids)]


TEXT = {"tokens": 7, "width": 8, "layers": 2, "heads": 2, "context": 4}
CONFIGURATIONS = {
    "convolutions": {"shape": [8, 6, 3], "features": 5, "temperature": 0.07, "layers": 2, "channels": 3, "text": TEXT},
    "groups": {"shape": [7, 5, 1], "features": 4, "temperature": 0.2, "layers": 2, "channels": 8, "groups": [1, 2], "text": TEXT},
    "dense": {"shape": [9], "features": 8, "temperature": 0.01, "layers": 2, "hidden": 6, "text": TEXT | {"layers": 1}},
}

file, told = {}, {}
for name, config in CONFIGURATIONS.items():
    torch.manual_seed(3)
    model = Pair(**config).double()
    for p in model.parameters():  # what float32 can hold
        p.data = p.data.float().double()

    def keep(what, tensors):
        for key, value in tensors:
            file[f"{name}.{what}.{key}"] = value.detach().float().contiguous().clone()

    keep("weights", model.state_dict().items())
    adam = torch.optim.AdamW(model.parameters(), lr=1e-3, weight_decay=0.01)
    losses, scales = [], []
    for step, batch in enumerate(batches(config["shape"], config["text"])):
        adam.zero_grad()
        loss = model(*batch)
        loss.backward()
        if step == 0:
            keep("grads", ((key, p.grad) for key, p in model.named_parameters()))
        adam.step()
        model.logit_scale.data.clamp_(max=math.log(100))
        losses.append(loss.item())
        scales.append(model.logit_scale.item())
    told[name] = config | {"losses": losses, "scales": scales}
save_file(file, HERE / "image_text.safetensors", {"configurations": json.dumps(told)})
for name, config in told.items():
    print(name, config["losses"], config["scales"])
