"""Makes the Transformer's golden fixtures with PyTorch: python3 test/golden/make_transformer.py

Needs torch and safetensors (made with torch 2.13, safetensors 0.8). The tests read the files only.
Same torch, same files: fixed seeds, one thread, float64 from float32 weights.

    transformer.safetensors  weights, batches, gradients, weights after ten steps; the ops' values and gradients
    transformer.json         configurations and losses
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

V, C, H, INNER, T, B, STEPS = 11, 16, 4, 24, 12, 3, 10
D = C // H

MODELS = {
    "llama": {"style": "llama", "kvHeads": 2, "tied": True, "bias": False, "window": 0},
    "llama-window": {"style": "llama", "kvHeads": 1, "tied": False, "bias": False, "window": 5},
    "gpt2": {"style": "gpt2", "kvHeads": 4, "tied": True, "bias": False, "window": 0},
    "gpt2-bias": {"style": "gpt2", "kvHeads": 4, "tied": False, "bias": True, "window": 5},
}


def seen(steps, window):
    """Whether query i sees key j."""
    i, j = torch.arange(steps)[:, None], torch.arange(steps)[None]
    return (j <= i) & (i - j < (window or steps))


def angles(positions, d, theta=10_000.0):
    frequencies = theta ** (-torch.arange(0, d, 2, dtype=torch.float64) / d)
    return positions.double()[:, None] * frequencies


def turn_half(x, positions):
    """x (B, T, heads, d): pairs are i and i + d/2."""
    a = angles(positions, x.shape[-1])[:, None]
    cos, sin = torch.cat([a.cos()] * 2, -1), torch.cat([a.sin()] * 2, -1)
    first, second = x.chunk(2, -1)
    return x * cos + torch.cat([-second, first], -1) * sin


def turn_interleaved(x, positions):
    """x (B, T, heads, d): pairs are 2i and 2i + 1."""
    a = angles(positions, x.shape[-1])[:, None]
    turned = torch.view_as_complex(x.unflatten(-1, (-1, 2)).contiguous())
    return torch.view_as_real(turned * torch.polar(torch.ones_like(a), a)).flatten(-2)


def attend(q, k, v, mask):
    """q (B, Tq, H, d), k and v (B, Tk, G, d)."""
    y = F.scaled_dot_product_attention(
        q.transpose(1, 2), k.transpose(1, 2), v.transpose(1, 2), mask, enable_gqa=True
    )
    return y.transpose(1, 2)


class Rms(nn.Module):
    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(C))

    def forward(self, x):
        return F.rms_norm(x, (C,), self.weight, 1e-5)


class Llama(nn.Module):
    def __init__(self, kvHeads, tied, window, **_):
        super().__init__()
        own = D * kvHeads
        self.kv, self.window = kvHeads, window
        self.model = nn.Module()
        self.model.embed_tokens = nn.Embedding(V, C)
        self.model.layers = nn.ModuleList()
        for _ in range(2):
            layer = nn.Module()
            layer.input_layernorm, layer.post_attention_layernorm = Rms(), Rms()
            layer.self_attn, layer.mlp = nn.Module(), nn.Module()
            for name, inputs, outputs in [("q", C, C), ("k", C, own), ("v", C, own), ("o", C, C)]:
                setattr(layer.self_attn, f"{name}_proj", nn.Linear(inputs, outputs, bias=False))
            for name, inputs, outputs in [("gate", C, INNER), ("up", C, INNER), ("down", INNER, C)]:
                setattr(layer.mlp, f"{name}_proj", nn.Linear(inputs, outputs, bias=False))
            self.model.layers.append(layer)
        self.model.norm = Rms()
        if not tied:
            self.lm_head = nn.Linear(C, V, bias=False)
        self.tied = tied

    def forward(self, tokens):
        x = self.model.embed_tokens(tokens)
        positions = torch.arange(tokens.shape[1])
        for layer in self.model.layers:
            n, a = layer.input_layernorm(x), layer.self_attn
            q = turn_half(a.q_proj(n).unflatten(-1, (H, D)), positions)
            k = turn_half(a.k_proj(n).unflatten(-1, (self.kv, D)), positions)
            v = a.v_proj(n).unflatten(-1, (self.kv, D))
            x = x + a.o_proj(attend(q, k, v, seen(len(positions), self.window)).flatten(-2))
            n, m = layer.post_attention_layernorm(x), layer.mlp
            x = x + m.down_proj(F.silu(m.gate_proj(n)) * m.up_proj(n))
        x = self.model.norm(x)
        return F.linear(x, self.model.embed_tokens.weight) if self.tied else self.lm_head(x)


class Gpt2(nn.Module):
    def __init__(self, tied, bias, window, **_):
        super().__init__()
        self.tied, self.window = tied, window
        self.transformer = nn.Module()
        self.transformer.wte, self.transformer.wpe = nn.Embedding(V, C), nn.Embedding(T, C)
        self.transformer.h = nn.ModuleList()
        for _ in range(2):
            layer = nn.Module()
            layer.ln_1, layer.ln_2 = nn.LayerNorm(C, bias=bias), nn.LayerNorm(C, bias=bias)
            layer.attn, layer.mlp = nn.Module(), nn.Module()
            layer.attn.c_attn = nn.Linear(C, 3 * C, bias=bias)
            layer.attn.c_proj = nn.Linear(C, C, bias=bias)
            layer.mlp.c_fc = nn.Linear(C, INNER, bias=bias)
            layer.mlp.c_proj = nn.Linear(INNER, C, bias=bias)
            self.transformer.h.append(layer)
        self.transformer.ln_f = nn.LayerNorm(C, bias=bias)
        if not tied:
            self.lm_head = nn.Linear(C, V, bias=False)

    def forward(self, tokens):
        own, steps = self.transformer, tokens.shape[1]
        x = own.wte(tokens) + own.wpe(torch.arange(steps))
        for layer in own.h:
            parts = layer.attn.c_attn(layer.ln_1(x)).split(C, -1)
            q, k, v = (part.unflatten(-1, (H, D)) for part in parts)
            y = attend(q, k, v, seen(steps, self.window))
            x = x + layer.attn.c_proj(y.flatten(-2))
            x = x + layer.mlp.c_proj(F.gelu(layer.mlp.c_fc(layer.ln_2(x)), approximate="tanh"))
        x = own.ln_f(x)
        return F.linear(x, own.wte.weight) if self.tied else self.lm_head(x)


def named(prefix, tensors):
    return {f"{prefix}.{name}": t.detach().float().contiguous() for name, t in tensors}


def models():
    torch.manual_seed(1)
    inputs, targets = torch.randint(V, (STEPS, B, T)), torch.randint(V, (STEPS, B, T))
    targets[0, 1, 7:] = -1  # a row that is shorter
    # simdream's batches are (T, B).
    tensors = {
        "inputs": inputs.transpose(1, 2).int().contiguous(),
        "targets": targets.transpose(1, 2).int().contiguous(),
    }
    expected = {}
    for name, config in MODELS.items():
        model = (Llama if config["style"] == "llama" else Gpt2)(**config).double()
        for path, p in model.named_parameters():
            # Norms and biases are not at their starting values, so that a wrong one shows.
            base = 1.0 if p.dim() == 1 and path.endswith("weight") else 0.0
            p.data = (base + 0.2 * torch.randn(p.shape)).float().double()

        def loss_of(step):
            logits = model(inputs[step])
            return F.cross_entropy(logits.flatten(0, 1), targets[step].flatten(), ignore_index=-1)

        tensors |= named(f"{name}.weights", copy.deepcopy(model).named_parameters())
        loss_of(0).backward()
        tensors |= named(f"{name}.grads", ((n, p.grad) for n, p in model.named_parameters()))
        # As in nanoGPT; a lookup table that is no output has no decay here.
        table = () if config["tied"] else ("model.embed_tokens.weight", "transformer.wte.weight")
        groups = [{"params": [], "weight_decay": 0.1}, {"params": [], "weight_decay": 0.0}]
        for path, p in model.named_parameters():
            groups[p.dim() == 1 or path in table]["params"].append(p)
        optimizer = torch.optim.AdamW(groups, lr=1e-2, betas=(0.9, 0.99))
        losses, norms = [], []
        for step in range(STEPS):
            optimizer.zero_grad()
            loss = loss_of(step)
            loss.backward()
            norms.append(clip_grad_norm_(model.parameters(), 1.0).item())
            optimizer.step()
            losses.append(loss.item())
        tensors |= named(f"{name}.trained", model.named_parameters())
        expected[name] = {"config": config, "losses": losses, "norms": norms}
    return tensors, expected


def ops():
    """Each op's inputs, its result y, and the inputs' gradients of sum(y * r)."""
    torch.manual_seed(2)
    tensors = {}

    def leaf(*shape):
        return torch.randn(*shape).double().requires_grad_()

    def case(name, inputs, y):
        r = torch.randn(y.shape).float().double()
        (y * r).sum().backward()
        values = inputs | {"y": y, "r": r} | {f"d{n}": x.grad for n, x in inputs.items()}
        tensors.update(named(name, values.items()))

    def qkv(queries, keys, heads, groups, d):
        return leaf(3, queries, heads, d), leaf(3, keys, groups, d), leaf(3, keys, groups, d)

    q, k, v = qkv(5, 9, 4, 2, 6)
    lengths = torch.tensor([9, 4, 1])
    mask = (torch.arange(9) < lengths[:, None])[:, None, None]
    case("cross", {"q": q, "k": k, "v": v}, attend(q, k, v, mask))
    tensors["lengths"] = lengths.int()
    q, k, v = qkv(13, 13, 4, 1, 8)
    case("window", {"q": q, "k": k, "v": v}, attend(q, k, v, seen(13, 4)))
    q, k, v = qkv(4, 11, 2, 2, 5)
    case("later", {"q": q, "k": k, "v": v}, attend(q, k, v, seen(11, 0)[-4:]))

    x = leaf(64)
    x.data.mul_(3)
    case("gelu-tanh", {"x": x}, F.gelu(x, approximate="tanh"))
    case("gelu-erf", {"x": (y := x.detach().clone().requires_grad_())}, F.gelu(y))
    case("silu", {"x": (y := x.detach().clone().requires_grad_())}, F.silu(y))
    x, weight, bias = leaf(5, 19), leaf(19), leaf(19)
    case("layer-norm", {"x": x, "weight": weight, "bias": bias},
         F.layer_norm(x, (19,), weight, bias, 1e-5))
    x, weight = leaf(5, 19), leaf(19)
    case("rms-norm", {"x": x, "weight": weight}, F.rms_norm(x, (19,), weight, 1e-5))
    positions = torch.tensor([0, 1, 17, 1000, 65_537, 99_999])
    tensors["positions"] = positions.int()
    x = leaf(2, 6, 3, 8)
    case("rotary-half", {"x": x}, turn_half(x, positions))
    y = x.detach().clone().requires_grad_()
    case("rotary-interleaved", {"x": y}, turn_interleaved(y, positions))
    return tensors


tensors, expected = models()
save_file(tensors | {f"ops.{name}": t for name, t in ops().items()}, HERE / "transformer.safetensors")
(HERE / "transformer.json").write_text(json.dumps(expected, indent=1) + "\n")
