"""A network of fast-style-transfer in float64, for style-network.mjs: pixels (H, W, 3) in, numbers 0 to 255 out.

Usage: python3 style-network.py <model.safetensors> <pixels in> <height> <width> <float32 out>. Needs torch and safetensors.
"""

import sys

import torch
from safetensors.torch import load_file
from torch.nn import functional as F

model, source, height, width, target = sys.argv[1:]
torch.set_num_threads(1)
w = {name: value.double() for name, value in load_file(model).items()}
pixels = torch.frombuffer(bytearray(open(source, "rb").read()), dtype=torch.uint8)
x = pixels.reshape(int(height), int(width), 3).double().permute(2, 0, 1)[None]


def norm(y, name):
    mean, variance = y.mean((2, 3), keepdim=True), y.var((2, 3), keepdim=True, unbiased=False)
    scale, shift = (w[f"{name}.{of}"][:, None, None] for of in ("scale", "shift"))
    return scale * (y - mean) / (variance + 1e-3).sqrt() + shift


def conv(y, name, stride=1, active=True):
    kernel = w[f"{name}.kernel"].permute(3, 2, 0, 1)

    def same(size):
        all = max((-(-size // stride) - 1) * stride + kernel.shape[2] - size, 0)
        return [all // 2, all - all // 2]

    y = F.pad(y, same(y.shape[3]) + same(y.shape[2]))
    y = norm(F.conv2d(y, kernel, stride=stride), name)
    return y.relu() if active else y


def up(y, name):
    kernel = w[f"{name}.kernel"].permute(3, 2, 0, 1)
    high, wide = 2 * y.shape[2], 2 * y.shape[3]
    return norm(F.conv_transpose2d(y, kernel, stride=2)[:, :, :high, :wide], name).relu()


y = conv(conv(conv(x, "conv1"), "conv2", 2), "conv3", 2)
for i in range(1, 6):
    y = y + conv(conv(y, f"res{i}.a"), f"res{i}.b", active=False)
y = conv(up(up(y, "up1"), "up2"), "out", active=False).tanh() * 150 + 127.5
open(target, "wb").write(y[0].permute(1, 2, 0).clamp(0, 255).float().contiguous().numpy().tobytes())
