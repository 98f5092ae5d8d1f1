"""Makes convolution.safetensors: conv2d, conv_transpose2d and depthwise convolutions of PyTorch, forward and every gradient.

Inputs are not stored: numbers(seed, n) gives the same float32 in the test. With torch and numpy:
python3 make_convolution.py
"""

import json
import os

import numpy as np
import torch
import torch.nn.functional as F
from safetensors.numpy import save_file

HERE = os.path.dirname(os.path.abspath(__file__))


def numbers(seed, shape):
    n = int(np.prod(shape))
    i = np.arange(n, dtype=np.int64)
    values = ((i * 7919 + seed * 104729) % 2003).astype(np.float64) / 1001.5 - 1
    return torch.tensor(values.astype(np.float32).reshape(shape), requires_grad=True)


# x (N, C, H, W), channels out, kernel, stride, padding, dilation, output padding, whether there is a bias
conv = [
    ([1, 1, 1, 1], 1, [1, 1], 1, 0, 1, 0, True),
    ([2, 3, 4, 4], 2, [3, 3], 1, 1, 1, 0, True),
    ([1, 2, 5, 4], 3, [3, 3], 1, 0, 1, 0, False),
    ([2, 1, 6, 6], 3, [4, 4], 2, 1, 1, 0, True),
    ([1, 4, 6, 6], 2, [4, 4], 2, 1, 1, 0, True),
    ([1, 2, 7, 7], 2, [3, 3], 2, 1, 1, 0, True),
    ([1, 2, 6, 5], 2, [3, 2], [2, 1], [1, 0], 1, 0, True),
    ([1, 3, 7, 7], 2, [3, 3], 1, 2, 2, 0, True),
    ([1, 2, 9, 6], 2, [3, 2], 1, 0, [3, 2], 0, False),
    ([1, 2, 5, 5], 3, [5, 5], 1, 2, 1, 0, True),
    ([1, 2, 8, 8], 1, [5, 5], 3, 2, 1, 0, True),
    ([2, 5, 3, 3], 7, [1, 1], 1, 0, 1, 0, True),
    ([1, 5, 4, 4], 3, [1, 1], 2, 0, 1, 0, False),
    ([1, 1, 7, 5], 4, [7, 5], 1, 0, 1, 0, True),
    ([1, 3, 2, 2], 2, [3, 3], 1, 2, 1, 0, True),
    ([3, 2, 3, 4], 2, [2, 2], 1, 0, 1, 0, True),
    ([1, 13, 3, 3], 5, [3, 3], 1, 1, 1, 0, True),
    ([1, 4, 3, 3], 13, [2, 2], 1, 1, 1, 0, True),
    ([1, 2, 1, 9], 2, [1, 3], 1, [0, 1], 1, 0, True),
    ([1, 2, 9, 9], 2, [2, 2], [3, 4], [1, 2], [2, 1], 0, True),
]
transposed = [
    ([1, 1, 1, 1], 1, [1, 1], 1, 0, 1, 0, True),
    ([2, 3, 3, 3], 2, [3, 3], 1, 1, 1, 0, True),
    ([1, 3, 3, 2], 2, [3, 3], 1, 0, 1, 0, False),
    ([2, 3, 3, 3], 1, [4, 4], 2, 1, 1, 0, True),
    ([1, 4, 3, 3], 2, [4, 4], 2, 1, 1, 0, True),
    ([1, 2, 4, 4], 2, [3, 3], 2, 1, 1, 1, True),
    ([1, 2, 3, 4], 2, [3, 2], [2, 1], [1, 0], 1, 0, True),
    ([1, 2, 4, 4], 2, [3, 3], 1, 2, 2, 0, True),
    ([1, 2, 3, 3], 2, [3, 2], 1, 0, [3, 2], 0, False),
    ([1, 2, 4, 4], 3, [5, 5], 1, 2, 1, 0, True),
    ([1, 2, 3, 3], 1, [5, 5], 3, 2, 1, 2, True),
    ([2, 5, 3, 3], 7, [1, 1], 1, 0, 1, 0, True),
    ([1, 5, 3, 3], 3, [1, 1], 2, 0, 1, 1, False),
    ([1, 4, 1, 1], 1, [7, 5], 1, 0, 1, 0, True),
    ([1, 3, 3, 3], 2, [3, 3], 1, 2, 1, 0, True),
    ([3, 2, 2, 3], 2, [2, 2], 2, 0, 1, 0, True),
    ([1, 13, 2, 2], 5, [3, 3], 1, 1, 1, 0, True),
    ([1, 4, 2, 2], 13, [2, 2], 1, 0, 1, 0, True),
    ([1, 2, 1, 5], 2, [1, 3], [1, 2], [0, 1], 1, 0, True),
    ([1, 2, 3, 3], 2, [2, 2], [3, 4], [1, 0], [2, 1], [1, 2], True),
]
depthwise = [
    ([2, 3, 4, 5], 3, [3, 3], 1, 1, 1, 0, True),
    ([1, 9, 5, 5], 9, [4, 4], 2, 1, 1, 0, False),
    ([1, 4, 6, 5], 4, [3, 2], [1, 2], [2, 0], [2, 1], 0, True),
]

tensors, configs = {}, []
for kind, rows in (("conv", conv), ("transposed", transposed), ("depthwise", depthwise)):
    for x, out, kernel, stride, padding, dilation, more, bias in rows:
        seed = 10 * len(configs)
        channels = x[1]
        shape = {
            "conv": [out, channels, *kernel],
            "transposed": [channels, out, *kernel],
            "depthwise": [channels, 1, *kernel],
        }[kind]
        inputs = {"x": numbers(seed, x), "w": numbers(seed + 1, shape)}
        if bias:
            inputs["b"] = numbers(seed + 2, [out])
        given = (inputs["x"], inputs["w"], inputs.get("b"))
        if kind == "transposed":
            y = F.conv_transpose2d(*given, stride, padding, more, 1, dilation)
        else:
            y = F.conv2d(*given, stride, padding, dilation, channels if kind == "depthwise" else 1)
        (y * numbers(seed + 3, list(y.shape)).detach()).sum().backward()
        name = f"{len(configs)}"
        tensors[f"{name}.y"] = y.detach().numpy().copy()
        for key, value in inputs.items():
            tensors[f"{name}.d{key}"] = value.grad.numpy().copy()
        config = {"kind": kind, "x": x, "w": shape, "bias": bias, "stride": stride, "padding": padding}
        configs.append({**config, "dilation": dilation, "outputPadding": more})

path = os.path.join(HERE, "convolution.safetensors")
save_file(tensors, path, metadata={"configs": json.dumps(configs)})
print(os.path.getsize(path), "bytes,", len(configs), "configurations")
