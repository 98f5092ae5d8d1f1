"""What lora.mjs does, in plain PyTorch: python3 lora.py <stories260K> <data.json>, prints nats a token of what is held out."""

import json
import math
import pathlib
import sys

import torch
from safetensors.torch import load_file
from torch.nn.functional import cross_entropy, linear, scaled_dot_product_attention, silu

folder, path = pathlib.Path(sys.argv[1]), sys.argv[2]
data = json.loads(pathlib.Path(path).read_text())
config = json.loads((folder / "config.json").read_text())
weights = load_file(folder / "model.safetensors")
torch.set_num_threads(1)
torch.manual_seed(data["seed"])
LAYERS, H, G = (config[f"num_{name}"] for name in ("hidden_layers", "attention_heads", "key_value_heads"))
d = config["hidden_size"] // H
RANK, ALPHA = 8, 16
attention = [f"self_attn.{part}_proj" for part in "qkvo"]
modules = attention if data["targets"] == "attention" else [*attention, "mlp.gate_proj", "mlp.up_proj", "mlp.down_proj"]
adapter = {}
for layer in range(LAYERS):
    for module in modules:
        outputs, inputs = weights[f"model.layers.{layer}.{module}.weight"].shape
        a = (torch.rand(RANK, inputs) * 2 - 1) / math.sqrt(inputs)
        adapter[f"model.layers.{layer}.{module}"] = (a.requires_grad_(), torch.zeros(outputs, RANK, requires_grad=True))


def project(x, name):
    y = linear(x, weights[f"{name}.weight"])
    if name not in adapter:
        return y
    a, b = adapter[name]
    return y + ALPHA / RANK * linear(linear(x, a), b)


def norm(x, name):
    return x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + config["rms_norm_eps"]) * weights[f"{name}.weight"]


def rotated(x):
    T = x.shape[1]
    f = config["rope_theta"] ** (-torch.arange(0, d, 2) / d)
    angles = torch.arange(T)[:, None] * f
    cos, sin = (torch.cat([g, g], -1)[:, None] for g in (angles.cos(), angles.sin()))
    turned = torch.cat([-x[..., d // 2 :], x[..., : d // 2]], -1)
    return x * cos + turned * sin


def logits_of(tokens):
    B, T = tokens.shape
    x = weights["model.embed_tokens.weight"][tokens]
    for layer in range(LAYERS):
        place = f"model.layers.{layer}"
        y = norm(x, f"{place}.input_layernorm")
        q, k, v = (project(y, f"{place}.self_attn.{part}_proj").view(B, T, -1, d) for part in "qkv")
        q, k, v = rotated(q), rotated(k).repeat_interleave(H // G, 2), v.repeat_interleave(H // G, 2)
        y = scaled_dot_product_attention(*(z.transpose(1, 2) for z in (q, k, v)), is_causal=True)
        x = x + project(y.transpose(1, 2).reshape(B, T, -1), f"{place}.self_attn.o_proj")
        y = norm(x, f"{place}.post_attention_layernorm")
        y = silu(project(y, f"{place}.mlp.gate_proj")) * project(y, f"{place}.mlp.up_proj")
        x = x + project(y, f"{place}.mlp.down_proj")
    return linear(norm(x, "model.norm"), weights["model.embed_tokens.weight"])


def pieces_of(documents, length):
    """What is read and predicted: a document and its markers, cut into pieces of at most so many positions."""
    for document in documents:
        tokens = [data["start"], *document, data["end"]]
        for at in range(0, len(tokens) - 1, length):
            yield tokens[at : at + length + 1]


def loss_of(pieces, reduction):
    T = max(len(piece) for piece in pieces) - 1
    inputs = torch.tensor([piece[:-1] + [0] * (T + 1 - len(piece)) for piece in pieces])
    targets = torch.tensor([piece[1:] + [-1] * (T + 1 - len(piece)) for piece in pieces])
    return cross_entropy(logits_of(inputs).flatten(0, 1), targets.flatten(), ignore_index=-1, reduction=reduction)


pieces = list(pieces_of(data["training"], data["maxLength"]))
parameters = [p for pair in adapter.values() for p in pair]
optimizer = torch.optim.AdamW(parameters, lr=data["lr"], weight_decay=0)
order = []
for step in range(data["steps"]):
    while len(order) < data["batch"]:
        order += torch.randperm(len(pieces)).tolist()
    rows, order = order[: data["batch"]], order[data["batch"] :]
    for group in optimizer.param_groups:
        group["lr"] = data["lr"] * 0.5 * (1 + math.cos(math.pi * step / data["steps"]))
    optimizer.zero_grad()
    loss_of([pieces[i] for i in rows], "mean").backward()
    torch.nn.utils.clip_grad_norm_(parameters, 1)
    optimizer.step()

with torch.no_grad():
    held = list(pieces_of(data["heldOut"], config["max_position_embeddings"] - 1))
    total = sum(loss_of([piece], "sum").item() for piece in held)
print(total / sum(len(piece) - 1 for piece in held))
