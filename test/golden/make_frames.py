"""Makes frames.safetensors beside this file with PyTorch: python3 test/golden/make_frames.py

Frame predictors, convolutional LSTMs as encoder and forecaster: weights as PyTorch names and lays them out, the gradient of
every one, and where ten steps of AdamW lead. Needs torch and safetensors (made with torch 2.13); computed in float64 from
float32 weights, stored as float32. Clips are drawn from mulberry32 by both sides, in (N, F, H, W, C), and then which frames
are read as they are. Configurations and losses are in the metadata, as JSON.
"""

import json
import math
import pathlib

import torch
from captions import mulberry32
from safetensors.torch import save_file
from torch import nn
from torch.nn import functional as F

HERE = pathlib.Path(__file__).parent
STEPS, ROWS = 10, 3
torch.set_num_threads(1)


class Cell(nn.Module):
    def __init__(self, inputs, hidden, kernel):
        super().__init__()
        self.gates = nn.Conv2d(inputs + hidden, 4 * hidden, kernel, padding=kernel // 2)

    def forward(self, x, state):
        h, c = state
        i, f, g, o = self.gates(torch.cat([x, h], 1)).chunk(4, 1)
        c = f.sigmoid() * c + i.sigmoid() * g.tanh()
        return o.sigmoid() * c.tanh(), c


class Predictor(nn.Module):
    """Names as simdream's."""

    def __init__(self, shape, patch, hidden, layers, kernel, shared, input, output, loss):
        super().__init__()
        self.patch, self.hidden, self.inputs, self.outputs, self.loss = patch, hidden, input, output, loss
        channels = patch * patch * shape[2]
        widths = [channels] + [hidden] * (layers - 1)
        self.encoder = nn.ModuleList(Cell(width, hidden, kernel) for width in widths)
        if not shared:
            self.forecaster = nn.ModuleList(Cell(width, hidden, kernel) for width in widths)
        self.output = nn.Conv2d(layers * hidden, channels, 1)
        if loss == "gaussian":
            self.log_variance = nn.Parameter(torch.zeros(1))

    def patches(self, x):
        """(N, F, H, W, C) → (F, N, P · P · C, h, w)"""
        N, frames, H, W, C = x.shape
        P = self.patch
        x = x.reshape(N, frames, H // P, P, W // P, P, C).permute(1, 0, 3, 5, 6, 2, 4)
        return x.reshape(frames, N, P * P * C, H // P, W // P)

    def through(self, cells, x, states):
        after = []
        for cell, state in zip(cells, states):
            after.append(cell(x, state))
            x = after[-1][0]
        return after

    def error(self, logits, target):
        if self.loss == "bernoulli":
            return F.binary_cross_entropy_with_logits(logits, target, reduction="sum")
        squares = (logits.sigmoid() - target) ** 2
        if self.loss == "squared":
            return squares.sum()
        return (math.log(2 * math.pi) + self.log_variance + squares * (-self.log_variance).exp()).sum() / 2

    def forward(self, clips, truth):
        """Errors of a frame: the mean of all but the first, and the mean of those that are predicted after the given ones.

        truth (N, output - 1): whether a frame is read as it is.
        """
        frames = self.patches(clips)
        _, N, _, h, w = frames.shape
        zeros = frames.new_zeros(N, self.hidden, h, w)
        states = [(zeros, zeros) for _ in self.encoder]
        frame, errors = frames[0], []
        for t in range(1, len(frames)):
            j = t - self.inputs
            cells = self.encoder if j < 0 else getattr(self, "forecaster", self.encoder)
            states = self.through(cells, frame, states)
            logits = self.output(torch.cat([h for h, _ in states], 1))
            frame = frames[t]
            errors.append(self.error(logits, frame) / N)
            if 0 <= j < self.outputs - 1:
                frame = torch.where(truth[:, j, None, None, None] > 0, frame, logits.sigmoid())
        return sum(errors) / len(errors), sum(errors[self.inputs - 1 :]) / self.outputs


def batches(shape, input, output):
    random = mulberry32(7)
    size = (ROWS, input + output, *shape)
    for _ in range(STEPS):
        data = [math.floor(256 * next(random)) for _ in range(math.prod(size))]
        truth = [math.floor(2 * next(random)) for _ in range(ROWS * (output - 1))]
        yield (
            torch.tensor(data, dtype=torch.float64).reshape(size) / 255,
            torch.tensor(truth).reshape(ROWS, output - 1),
        )


CONFIGURATIONS = {
    "squared": {"shape": [8, 12, 1], "patch": 4, "hidden": 3, "layers": 1, "kernel": 5, "shared": False, "input": 3, "output": 3, "loss": "squared"},
    "bernoulli": {"shape": [6, 4, 3], "patch": 2, "hidden": 4, "layers": 2, "kernel": 3, "shared": False, "input": 2, "output": 4, "loss": "bernoulli"},
    "gaussian": {"shape": [5, 3, 1], "patch": 1, "hidden": 6, "layers": 2, "kernel": 1, "shared": True, "input": 4, "output": 1, "loss": "gaussian"},
}

if __name__ == "__main__":
    file, told = {}, {}
    for name, config in CONFIGURATIONS.items():
        torch.manual_seed(3)
        model = Predictor(**config).double()
        for p in model.parameters():  # what float32 can hold
            p.data = p.data.float().double()

        def keep(what, tensors):
            for key, value in tensors:
                file[f"{name}.{what}.{key}"] = value.detach().float().contiguous().clone()

        keep("weights", model.state_dict().items())
        adam = torch.optim.AdamW(model.parameters(), lr=1e-2, weight_decay=0.01)
        losses = []
        for step, batch in enumerate(batches(*(config[key] for key in ("shape", "input", "output")))):
            adam.zero_grad()
            loss, _ = model(*batch)
            loss.backward()
            if step == 0:
                keep("grads", ((key, p.grad) for key, p in model.named_parameters()))
            adam.step()
            losses.append(loss.item())
        told[name] = config | {"losses": losses}
    save_file(file, HERE / "frames.safetensors", {"configurations": json.dumps(told)})
    for name, config in told.items():
        print(name, config["losses"])
