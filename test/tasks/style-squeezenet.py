"""Gram losses of SqueezeNet's fire2 to fire5 and their gradients by PyTorch in float64, for style-squeezenet.mjs.

Usage: python3 style-squeezenet.py <squeezenet.safetensors> <pictures.safetensors> <out.safetensors>. Pictures (H, W, 3) are
float32 from 0 to 1, `picture` and `style`. The file has Caffe's names; its pictures are BGR from 0 to 255 without their
means. Needs torch and safetensors.
"""

import sys

import torch
from safetensors.torch import load_file, save_file
from torch.nn import functional as F

model, source, target = sys.argv[1:]
torch.set_num_threads(1)
w = {name: value.double() for name, value in load_file(model).items()}
given = {name: value.double().permute(2, 0, 1)[None] for name, value in load_file(source).items()}
MEANS = torch.tensor([104.0, 117.0, 123.0]).double()[:, None, None]


def conv(x, name, **how):
    return F.conv2d(x, w[f"{name}.weight"], w[f"{name}.bias"], **how).relu()


def maps(x):
    y = 255 * F.pad(x, [3] * 4, mode="reflect").flip(1) - MEANS
    y = conv(y, "conv1", stride=2)
    for name in ("fire2", "fire3", "fire4", "fire5"):
        if name in ("fire2", "fire5"):
            y = F.max_pool2d(y, 3, 2)
        s = conv(y, f"{name}.conv1x1_1")
        y = torch.cat([conv(s, f"{name}.conv1x1_2"), conv(s, f"{name}.conv3x3_2", padding=1)], 1)
        yield name, y


def around(map, mean):
    off = map[0].flatten(1) - mean[:, None]
    return off @ off.T / off.shape[1]


found = {}
wanted = dict(maps(given["style"]))
for name in wanted:
    x = given["picture"].clone().requires_grad_()
    mean = wanted[name][0].flatten(1).mean(1)
    gram = around(wanted[name], mean)
    loss = ((around(dict(maps(x))[name], mean) - gram) ** 2).sum() / (gram**2).sum()
    loss.backward()
    found[f"{name}.loss"] = loss.detach().float()[None]
    found[f"{name}.gradient"] = x.grad[0].permute(1, 2, 0).contiguous().float()
save_file(found, target)
