"""The network of moving-digits.mjs in PyTorch, with the same initial distribution, on as many of the same clips.

   node test/tasks/video/moving-digits.mjs <folder of MNIST> <folder> --export
   python3 test/tasks/video/moving-digits.py <folder> [--steps 5600] [--batch 8] [--lr 1.5e-3] [--layers 2] [--kernel 3]
       [--seed 1] [--threads 2]

Prints the squared error a frame of the test clips, as moving-digits.mjs does. Needs torch, numpy and safetensors.
"""

import argparse
import math
import pathlib
import sys
import time

import numpy as np
import torch

sys.path.insert(0, str(pathlib.Path(__file__).parents[2] / "golden"))
from make_frames import Predictor  # noqa: E402

SIDE, INPUT, OUTPUT = 32, 10, 10
WARMUP, CLIP = 100, 20


def read(file):
    return torch.from_numpy(np.fromfile(file, np.uint8).reshape(-1, INPUT + OUTPUT, SIDE, SIDE, 1))


def batches(clips, size, steps):
    order = torch.empty(0, dtype=torch.long)
    for _ in range(steps):
        if len(order) < size:
            order = torch.cat([order, torch.randperm(len(clips))])
        yield clips[order[:size]].float() / 255
        order = order[size:]


def score(model, clips):
    """All predictions are read from those before."""
    with torch.no_grad():
        parts = clips.split(50)
        return sum(model(part.float() / 255, own(part))[1].item() * len(part) for part in parts) / len(clips)


def own(clips):
    return torch.zeros(len(clips), OUTPUT - 1)


def factor(step, steps):
    if step < WARMUP:
        return (step + 1) / WARMUP
    return (1 + math.cos(math.pi * (step - WARMUP) / max(1, steps - WARMUP))) / 2


if __name__ == "__main__":
    options = argparse.ArgumentParser()
    options.add_argument("folder", type=pathlib.Path)
    options.add_argument("--steps", type=int, default=5600)
    options.add_argument("--batch", type=int, default=8)
    options.add_argument("--lr", type=float, default=1.5e-3)
    options.add_argument("--layers", type=int, default=2)
    options.add_argument("--kernel", type=int, default=3)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--threads", type=int, default=2)
    given = options.parse_args()
    torch.set_num_threads(given.threads)
    torch.manual_seed(given.seed)
    train, test = (read(given.folder / f"{name}.bin") for name in ("train", "test"))
    model = Predictor([SIDE, SIDE, 1], 4, 64, given.layers, given.kernel, True, INPUT, OUTPUT, "squared")
    with torch.no_grad():  # begins at the mean of the first clips
        mean = model.patches(train[:100].float() / 255).mean((0, 1, 3, 4)).clamp(1e-3, 1 - 1e-3)
        model.output.bias.copy_(mean.logit())
    print(f"{sum(p.numel() for p in model.parameters())} parameters")
    adam = torch.optim.Adam(model.parameters(), lr=given.lr)
    rate = torch.optim.lr_scheduler.LambdaLR(adam, lambda step: factor(step, given.steps))
    started = time.time()
    for step, batch in enumerate(batches(train, given.batch, given.steps)):
        adam.zero_grad()
        loss, predicted = model(batch, own(batch))
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), CLIP)
        adam.step()
        rate.step()
        if (step + 1) % 100 == 0:
            print(f"step {step + 1}: predicted {predicted.item():.3f}, {(time.time() - started) / 60:.1f} minutes", flush=True)
    print(f"squared error a frame {score(model, test):.3f}")
