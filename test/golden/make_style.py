"""Makes style.safetensors beside this file with PyTorch: python3 test/golden/make_style.py

The loss of a picture in the style of another, and its gradient with respect to the picture: Gram matrices around the
style's means, of random filters on a Laplacian pyramid and of SqueezeNet's fire2 to fire5, with content and total
variation. Pictures, filters and weights are not in the file: both sides draw them from mulberry32. Needs torch and
safetensors (made with torch 2.13); computed in float64, stored as float32.
"""

import pathlib

import torch
from safetensors.torch import save_file
from torch.nn import functional as F

HERE = pathlib.Path(__file__).parent
torch.set_num_threads(1)
torch.set_default_dtype(torch.float64)
MEAN, DEVIATION = [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]


def mulberry32(seed):
    state = seed
    while True:
        state = (state + 0x6D2B79F5) & 0xFFFFFFFF
        t = ((state ^ (state >> 15)) * (state | 1)) & 0xFFFFFFFF
        t ^= (t + ((t ^ (t >> 7)) * (t | 61) & 0xFFFFFFFF)) & 0xFFFFFFFF
        yield (t ^ (t >> 14)) / 2**32


def drawn(shape, low, high, seed):
    random = mulberry32(seed)
    data = [low + (high - low) * next(random) for _ in range(torch.Size(shape).numel())]
    return torch.tensor(data).reshape(shape).float().double()


def picture(height, width, seed):
    """Bytes (1, 3, H, W), smooth enough to have coarse features, from 0 to 1."""
    random = mulberry32(seed)
    small = torch.tensor([next(random) for _ in range(height // 4 * (width // 4) * 3)])
    small = small.reshape(height // 4, width // 4, 3)
    large = small.repeat_interleave(4, 0).repeat_interleave(4, 1)
    fine = torch.tensor([next(random) for _ in range(large.numel())]).reshape(large.shape)
    return ((0.6 * large + 0.4 * fine) * 255).floor().permute(2, 0, 1)[None] / 255


def palette(x):
    rows = x[0].flatten(1).T
    covariance = torch.cov(rows.T, correction=0)
    covariance += torch.eye(3) * (1e-5 + 0.05 * covariance.trace() / 3)
    return rows.mean(0), torch.linalg.inv(torch.linalg.cholesky(covariance))


def random_filters(weight, side, mean, whiten):
    halvings = 0
    while halvings < 5 and side >> (halvings + 1) >= 22:
        halvings += 1
    weight = torch.einsum("fhwc,cd->fdhw", weight, whiten)

    def maps(x, border):
        level = x - mean[:, None, None]
        for i in range(halvings + 1):
            band, smaller = level, None
            if i < halvings:
                smaller = F.avg_pool2d(level, 2)
                band = level - F.interpolate(smaller, level.shape[2:], mode="bilinear")
            if border:
                band = F.pad(band, [5] * 4, mode="reflect")
            yield 2**i, F.conv2d(band, weight).relu()
            level = smaller

    return maps, 4


def squeezenet(weights):
    def conv(x, name, **how):
        return F.conv2d(x, weights[f"{name}.weight"], weights[f"{name}.bias"], **how).relu()

    def maps(x, _):
        x = (x - torch.tensor(MEAN)[:, None, None]) / torch.tensor(DEVIATION)[:, None, None]
        y = conv(F.pad(x, [3] * 4, mode="reflect"), "features.0", stride=2)
        for i, at in enumerate([3, 4, 5, 7]):
            if at in (3, 7):
                y = F.max_pool2d(y, 3, 2)
            s = conv(y, f"features.{at}.squeeze")
            one = conv(s, f"features.{at}.expand1x1")
            y = torch.cat([one, conv(s, f"features.{at}.expand3x3", padding=1)], 1)
            yield f"fire{2 + i}", y

    return maps, "fire4"


def squeezenet_weights():
    weights, seed = {}, 100
    layers = [("features.0", 96, 3, 7)]
    for i, at in enumerate([3, 4, 5, 7]):
        s = 16 if i < 2 else 32
        layers += [(f"features.{at}.squeeze", s, [96, 128, 128, 256][i], 1)]
        layers += [(f"features.{at}.expand1x1", 4 * s, s, 1), (f"features.{at}.expand3x3", 4 * s, s, 3)]
    for name, o, i, k in layers:
        bound = (6 / (i * k * k)) ** 0.5
        weights[f"{name}.weight"] = drawn([o, i, k, k], -bound, bound, seed)
        weights[f"{name}.bias"] = drawn([o], -0.1, 0.1, seed + 1)
        seed += 2
    return weights


def around(map, mean):
    off = map[0].flatten(1) - mean[:, None]
    return off @ off.T / off.shape[1]


def losses(eye, x, style, content, weight, variation):
    maps, deep = eye
    with torch.no_grad():
        targets = {}
        for name, map in maps(style, False):
            mean = map[0].flatten(1).mean(1)
            targets[name] = mean, around(map, mean)
        kept = dict(maps(content, True))[deep] if weight else None
    own = dict(maps(x, True))
    apart = [((around(own[name], mean) - gram) ** 2).sum() / (gram**2).sum() for name, (mean, gram) in targets.items()]
    style_loss = sum(apart) / len(apart)
    spread = ((kept - kept.mean((2, 3), keepdim=True)) ** 2).sum()
    content_loss = ((own[deep] - kept) ** 2).sum() / spread
    across, down = (x[..., 1:] - x[..., :-1]) ** 2, (x[..., 1:, :] - x[..., :-1, :]) ** 2
    total = style_loss + weight * content_loss + variation * (across.sum() + down.sum()) / x.numel()
    beyond = ((-x).relu() ** 2).mean() + ((x - 1).relu() ** 2).mean()
    return total + 10 * beyond, style_loss, content_loss


tensors = {}
content, style = picture(92, 100, 1), picture(96, 88, 2)
start = (content + drawn([1, 92, 100, 3], -0.1, 0.1, 3).permute(0, 3, 1, 2)).float().double()
eyes = {
    "filters": random_filters(drawn([64, 11, 11, 3], -0.2, 0.2, 4), 88, *palette(style)),
    "squeezenet": squeezenet(squeezenet_weights()),
}
for name, eye in eyes.items():
    x = start.clone().requires_grad_()
    total, style_loss, content_loss = losses(eye, x, style, content, 0.02, 0.5)
    total.backward()
    tensors[f"{name}.losses"] = torch.stack([total, style_loss, content_loss]).detach().float()
    tensors[f"{name}.gradient"] = x.grad[0].permute(1, 2, 0).contiguous().float()
    print(name, tensors[f"{name}.losses"])
save_file(tensors, HERE / "style.safetensors")
