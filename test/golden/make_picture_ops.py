"""Makes picture_ops.safetensors beside this file with PyTorch: python3 test/golden/make_picture_ops.py

Norms, pooling, resizing and losses of pictures in many configurations, forward and backward. Inputs are not in the
file: both sides draw them from mulberry32, in NHWC. Needs torch and safetensors (made with torch 2.13); computed in
float64 from float32 inputs, stored as float32. The configurations are in the metadata, as JSON; tensors are called
by configuration and name, gradients `d…` are those of the sum of outputs times weights drawn like the inputs.
"""

import json
import pathlib
import struct

import torch
from safetensors.torch import save_file
from torch import nn
from torch.nn import functional as F

HERE = pathlib.Path(__file__).parent
torch.set_num_threads(1)


def mulberry32(seed):
    state = seed
    while True:
        state = (state + 0x6D2B79F5) & 0xFFFFFFFF
        t = ((state ^ (state >> 15)) * (state | 1)) & 0xFFFFFFFF
        t ^= (t + ((t ^ (t >> 7)) * (t | 61) & 0xFFFFFFFF)) & 0xFFFFFFFF
        yield (t ^ (t >> 14)) / 2**32


def single(value):
    return struct.unpack("f", struct.pack("f", value))[0]


def drawn(shape, low, high, seed):
    random = mulberry32(seed)
    count = torch.Size(shape).numel()
    data = [single(low + (high - low) * next(random)) for _ in range(count)]
    return torch.tensor(data, dtype=torch.float64).reshape(shape)


def nchw(x):
    return x.permute(0, 3, 1, 2).contiguous()


def nhwc(x):
    return x.permute(0, 2, 3, 1).contiguous()


def norm(config, inputs):
    x, w, b = inputs["x"], inputs["w"], inputs["b"]
    if config["op"] == "groupNorm":
        return {"y": nhwc(F.group_norm(nchw(x), config["groups"], w, b, config["eps"]))}
    layer = nn.BatchNorm2d(x.shape[3], eps=config["eps"], momentum=config["momentum"]).double()
    layer.running_mean.copy_(inputs["mean"])
    layer.running_var.copy_(inputs["variance"])
    training = config["op"] == "batchNorm"
    y = F.batch_norm(
        nchw(x), layer.running_mean, layer.running_var, w, b, training, config["momentum"], config["eps"]
    )
    averages = {"running_mean": layer.running_mean, "running_var": layer.running_var}
    return {"y": nhwc(y)} | (averages if training else {})


def window(config, inputs):
    f = F.max_pool2d if config["op"] == "maxPool2d" else F.avg_pool2d
    return {"y": nhwc(f(nchw(inputs["x"]), config["kernel"], config["stride"], config["padding"]))}


def resize(config, inputs):
    options = {} if config["mode"] == "nearest" else {"align_corners": False}
    return {"y": nhwc(F.interpolate(nchw(inputs["x"]), size=config["to"], mode=config["mode"], **options))}


def loss(config, inputs):
    x, t = inputs["x"], inputs.get("t")
    match config["op"]:
        case "squaredError":
            y = F.mse_loss(x, t, reduction="sum")
        case "absoluteError":
            y = F.l1_loss(x, t, reduction="sum")
        case "binaryCrossEntropy":
            y = F.binary_cross_entropy_with_logits(x, t, reduction="sum")
        case "gaussianNll":
            y = F.gaussian_nll_loss(x, t, inputs["s"].exp().expand(x.shape), full=True, eps=1e-12, reduction="sum")
        case "gaussianKl":
            q = torch.distributions.Normal(x, (inputs["s"] / 2).exp())
            y = torch.distributions.kl_divergence(q, torch.distributions.Normal(torch.zeros(()).double(), 1.0)).sum()
        case "discretizedLogisticNll":  # PixelCNN++'s, without the guard that float32 needs
            inverse = torch.exp(-inputs["s"])
            plus = inverse * (x * -1 + t + 1 / 255)
            minus = inverse * (x * -1 + t - 1 / 255)
            # 1 - sigmoid(x) = sigmoid(-x): the difference of the smaller ones loses no digits
            below, above = torch.sigmoid(plus) - torch.sigmoid(minus), torch.sigmoid(-minus) - torch.sigmoid(-plus)
            inner = torch.log(torch.where(t > x, above, below))
            low, high = plus - F.softplus(plus), -F.softplus(minus)
            y = -torch.where(t < -0.999, low, torch.where(t > 0.999, high, inner)).sum()
        case "softplus":
            y = F.softplus(x)
        case "leakyRelu":
            y = F.leaky_relu(x, 0.2)
    return {"y": y}


def tensors(shape):
    """Name, shape, range of what a norm is given."""
    C = shape[-1]
    return {
        "x": (shape, -2, 3),
        "w": ([C], 0.5, 2),
        "b": ([C], -1, 1),
        "mean": ([C], -1, 1),
        "variance": ([C], 0.3, 2),
    }


def configurations():
    shapes = [[1, 2, 2, 4], [2, 3, 5, 6], [3, 4, 4, 8], [2, 7, 3, 12], [5, 1, 2, 3], [2, 5, 5, 2], [4, 3, 3, 5]]
    for i, (shape, groups) in enumerate(zip(shapes, [2, 3, 8, 4, 1, 2, 5])):
        eps = [1e-5, 1e-3][i % 2]
        yield norm, {"op": "groupNorm", "shape": shape, "groups": groups, "eps": eps}, tensors(shape)
        for op in ["batchNorm", "batchNormEval"]:
            config = {"op": op, "shape": shape, "eps": eps, "momentum": [0.1, 0.3][i % 2]}
            yield norm, config, tensors(shape)
    windows = [
        ([2, 4, 4, 3], [2, 2], [2, 2], [0, 0]),
        ([1, 7, 5, 4], [3, 3], [2, 2], [1, 1]),
        ([2, 5, 6, 2], [3, 2], [1, 2], [1, 0]),
        ([1, 6, 6, 5], [2, 3], [3, 1], [1, 1]),
        ([3, 4, 4, 2], [4, 4], [4, 4], [0, 0]),
    ]
    for shape, kernel, stride, padding in windows:
        for op in ["maxPool2d", "avgPool2d"]:
            config = {"op": op, "shape": shape, "kernel": kernel, "stride": stride, "padding": padding}
            yield window, config, {"x": (shape, -2, 3)}
    for shape, to in [([1, 2, 3, 4], [4, 6]), ([2, 5, 4, 2], [3, 7]), ([1, 6, 6, 3], [4, 3]), ([1, 3, 7, 1], [10, 5])]:
        for mode in ["nearest", "bilinear"]:
            yield resize, {"op": "resize2d", "shape": shape, "to": to, "mode": mode}, {"x": (shape, -2, 3)}
    for shape in [[3, 4, 2, 1], [2, 11]]:
        for op in ["squaredError", "absoluteError", "softplus", "leakyRelu"]:
            yield loss, {"op": op, "shape": shape}, {"x": (shape, -3, 3), "t": (shape, -3, 3)}
        yield loss, {"op": "binaryCrossEntropy", "shape": shape}, {"x": (shape, -6, 6), "t": (shape, 0, 1)}
        yield loss, {"op": "gaussianKl", "shape": shape}, {"x": (shape, -2, 2), "s": (shape, -3, 1)}
        for scales in [shape, [1]]:
            inputs = {"x": (shape, -2, 2), "s": (scales, -3, 1), "t": (shape, -2, 2)}
            yield loss, {"op": "gaussianNll", "shape": shape}, inputs
            inputs = {"x": (shape, -1, 1), "s": (scales, -4, -1), "t": (shape, -1.05, 1.05)}
            yield loss, {"op": "discretizedLogisticNll", "shape": shape}, inputs


FIXED = {"mean", "variance", "t"}
file, listed = {}, []
for i, (run, config, ranges) in enumerate(configurations()):
    inputs = {}
    for j, (name, (shape, low, high)) in enumerate(ranges.items()):
        inputs[name] = drawn(shape, low, high, 100 * i + j)
        if config["op"] == "discretizedLogisticNll" and name == "t":  # levels of 256, edges among them
            levels = ((inputs[name].clamp(-1, 1) + 1) * 127.5).round()
            inputs[name] = (levels / 127.5 - 1).float().double()
        inputs[name].requires_grad_(name not in FIXED)
    outputs = run(config, inputs)
    y = outputs["y"]
    (y * drawn(y.shape, -1, 1, 100 * i + 99)).sum().backward()
    for name, value in outputs.items():
        file[f"{i}.{name}"] = value.detach().float().contiguous()
    for name, value in inputs.items():
        if value.grad is not None:
            file[f"{i}.d{name}"] = value.grad.float().contiguous()
    listed.append(config | {"inputs": {name: list(range_) for name, range_ in ranges.items()}})
save_file(file, HERE / "picture_ops.safetensors", {"configurations": json.dumps(listed)})
