"""Makes the golden fixtures of grid models with PyTorch: python3 test/golden/make_grids.py

Needs torch and safetensors (made with torch 2.13, safetensors 0.8). The tests read the files only.
Same torch, same files: fixed seeds, one thread, float64 from float32 weights.

    grids.safetensors  of each network weights, gradients, weights after ten steps; batches
    grids.json         losses and norms
"""

import copy
import json
import pathlib

import torch
from safetensors.torch import save_file
from torch import nn
from torch.nn import functional as F
from torch.nn.utils import clip_grad_norm_

HERE = pathlib.Path(__file__).parent
torch.set_num_threads(1)
torch.use_deterministic_algorithms(True)

# Symbols, rows of the table of features, features of a cell; cells, rows.
V, TABLE, K, T, B, STEPS = 7, 41, 5, 12, 3, 10
E, HIDDEN, LAYERS = 6, 10, 2
C, HEADS, INNER = 16, 4, 24


class GridLSTM(nn.Module):
    """Names, and order of names, as simdream's. ids (T, B, K) → logits (T, B, V)"""

    def __init__(self):
        super().__init__()
        self.embedding = nn.EmbeddingBag(TABLE, E, mode="sum")
        self.lstm = nn.LSTM(E, HIDDEN, num_layers=LAYERS)
        self.linear = nn.Linear(HIDDEN, V)

    def forward(self, ids):
        x = self.embedding(ids.flatten(0, 1)).unflatten(0, ids.shape[:2])
        return self.linear(self.lstm(x)[0])

    def table(self):
        return self.embedding.weight


class Rms(nn.Module):
    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(C))

    def forward(self, x):
        return F.rms_norm(x, (C,), self.weight, 1e-5)


def turned(x):
    """Rotary positions of x (B, T, heads, d): pairs are i and i + d/2."""
    d = x.shape[-1]
    frequencies = 10_000.0 ** (-torch.arange(0, d, 2, dtype=torch.float64) / d)
    a = (torch.arange(x.shape[1]).double()[:, None] * frequencies)[:, None]
    first, second = x.chunk(2, -1)
    return x * torch.cat([a.cos()] * 2, -1) + torch.cat([-second, first], -1) * torch.cat([a.sin()] * 2, -1)


class GridTransformer(nn.Module):
    def __init__(self):
        super().__init__()
        self.model = nn.Module()
        self.model.embed_tokens = nn.EmbeddingBag(TABLE, C, mode="sum")
        self.model.layers = nn.ModuleList()
        for _ in range(LAYERS):
            layer = nn.Module()
            layer.input_layernorm, layer.post_attention_layernorm = Rms(), Rms()
            layer.self_attn, layer.mlp = nn.Module(), nn.Module()
            for name in ["q", "k", "v", "o"]:
                setattr(layer.self_attn, f"{name}_proj", nn.Linear(C, C, bias=False))
            for name, inputs, outputs in [("gate", C, INNER), ("up", C, INNER), ("down", INNER, C)]:
                setattr(layer.mlp, f"{name}_proj", nn.Linear(inputs, outputs, bias=False))
            self.model.layers.append(layer)
        self.model.norm = Rms()
        self.lm_head = nn.Linear(C, V, bias=False)

    def forward(self, ids):
        ids = ids.transpose(0, 1)
        x = self.model.embed_tokens(ids.flatten(0, 1)).unflatten(0, ids.shape[:2])
        for layer in self.model.layers:
            n, a = layer.input_layernorm(x), layer.self_attn
            q, k, v = (p(n).unflatten(-1, (HEADS, -1)) for p in (a.q_proj, a.k_proj, a.v_proj))
            q, k, v = (one.transpose(1, 2) for one in (turned(q), turned(k), v))
            y = F.scaled_dot_product_attention(q, k, v, is_causal=True)
            x = x + a.o_proj(y.transpose(1, 2).flatten(-2))
            n, m = layer.post_attention_layernorm(x), layer.mlp
            x = x + m.down_proj(F.silu(m.gate_proj(n)) * m.up_proj(n))
        return self.lm_head(self.model.norm(x)).transpose(0, 1)

    def table(self):
        return self.model.embed_tokens.weight


def named(prefix, tensors):
    return {f"{prefix}.{name}": t.detach().float().contiguous() for name, t in tensors}


torch.manual_seed(1)
inputs = torch.randint(TABLE, (STEPS, T, B, K))
targets = torch.randint(V, (STEPS, T, B))
targets[0, 8:, 2] = -1  # a row that is shorter
tensors = {"inputs": inputs.int(), "targets": targets.int()}
expected = {}


def loss_of(model, step):
    logits = model(inputs[step])
    return F.cross_entropy(logits.reshape(-1, V), targets[step].reshape(-1), ignore_index=-1)


for kind, make in [("lstm", GridLSTM), ("transformer", GridTransformer)]:
    start = make().double()
    for p in start.parameters():  # what float32 can hold
        p.data = p.data.float().double()
    model = copy.deepcopy(start)
    loss_of(model, 0).backward()
    tensors |= named(f"{kind}.weights", start.named_parameters())
    tensors |= named(f"{kind}.grads", ((n, p.grad) for n, p in model.named_parameters()))
    model = copy.deepcopy(start)
    table = model.table()
    plain = [p for p in model.parameters() if p.ndim < 2] + [table]
    matrices = [p for p in model.parameters() if all(p is not v for v in plain)]
    groups = [{"params": matrices, "weight_decay": 0.5}, {"params": plain, "weight_decay": 0}]
    optimizer = torch.optim.AdamW(groups, lr=1e-2)
    losses, norms = [], []
    for step in range(STEPS):
        optimizer.zero_grad()
        loss = loss_of(model, step)
        loss.backward()
        norms.append(clip_grad_norm_(model.parameters(), 0.2).item())
        optimizer.step()
        losses.append(loss.item())
    expected[kind] = {"losses": losses, "norms": norms}
    tensors |= named(f"{kind}.trained", model.named_parameters())
save_file(tensors, HERE / "grids.safetensors")
(HERE / "grids.json").write_text(json.dumps(expected, indent=2) + "\n")
