"""Makes transformer.safetensors and transformer.json with PyTorch: python3 test/golden/make_transformer.py

Needs torch and safetensors (made with torch 2.13, safetensors 0.8). Transformers of both styles: weights, one
batch's gradients, and ten steps of AdamW with nanoGPT's groups and clipping; and what they are made of, operation
by operation. All in float64 from float32 inputs, so that what differs from ours is ours.
"""

import json
import pathlib

import torch
from safetensors.torch import save_file
from torch import nn
from torch.nn import functional as F

HERE = pathlib.Path(__file__).parent
torch.set_num_threads(1)
torch.use_deterministic_algorithms(True)

tensors = {}
expected = {"models": {}, "attention": [], "rotary": []}


def put(name, tensor):
    tensor = tensor.detach()
    kept = tensor.float() if tensor.is_floating_point() else tensor.int()
    tensors[name] = kept.contiguous().clone()


# --- what a query sees ------------------------------------------------------------------------


def seen(queries, keys, causal=False, window=0, lengths=None):
    """(B or 1, 1, Tq, Tk): True where a query sees a key; the last query stands at the last key."""
    q = torch.arange(queries)[:, None] + keys - queries
    k = torch.arange(keys)[None]
    mask = torch.ones(1, 1, queries, keys, dtype=torch.bool)
    if causal:
        mask = mask & (k <= q)
    if window:
        mask = mask & (k > q - window)
    if lengths is not None:
        mask = mask & (torch.arange(keys) < torch.tensor(lengths)[:, None, None, None])
    return mask


def attend(q, k, v, mask):
    """(B, T, heads, d), as ours; keys and values of groups of heads."""
    parts = (x.transpose(1, 2) for x in (q, k, v))
    y = F.scaled_dot_product_attention(*parts, attn_mask=mask, enable_gqa=True)
    return y.transpose(1, 2)


# --- rotary positions -------------------------------------------------------------------------


def angles(positions, d, theta):
    frequencies = theta ** (-torch.arange(0, d, 2, dtype=torch.float64) / d)
    return positions[:, None, None].double() * frequencies  # (T, 1, d/2)


def rotate_half(x, angle):
    """x (…, T, heads, d), as Hugging Face's Llama: pairs are i and i + d/2."""
    a, b = x.chunk(2, -1)
    cos, sin = angle.cos(), angle.sin()
    return torch.cat([a * cos - b * sin, b * cos + a * sin], -1)


def rotate_interleaved(x, angle):
    """Pairs are 2i and 2i + 1, as complex numbers, as in the original."""
    turned = torch.view_as_complex(x.unflatten(-1, (-1, 2)).contiguous())
    turned = turned * torch.polar(torch.ones_like(angle), angle)
    return torch.view_as_real(turned).flatten(-2)


# --- both styles, with simdream's names -------------------------------------------------------


class LlamaAttention(nn.Module):
    def __init__(self, o):
        super().__init__()
        C, d = o["hidden"], o["hidden"] // o["heads"]
        self.shape = d
        self.q_proj = nn.Linear(C, C, bias=False)
        self.k_proj = nn.Linear(C, d * o["kvHeads"], bias=False)
        self.v_proj = nn.Linear(C, d * o["kvHeads"], bias=False)
        self.o_proj = nn.Linear(C, C, bias=False)

    def forward(self, x, angle, mask):
        q, k, v = (
            project(x).unflatten(-1, (-1, self.shape))
            for project in (self.q_proj, self.k_proj, self.v_proj)
        )
        y = attend(rotate_half(q, angle), rotate_half(k, angle), v, mask)
        return self.o_proj(y.flatten(-2))


class SwiGLU(nn.Module):
    def __init__(self, o):
        super().__init__()
        self.gate_proj = nn.Linear(o["hidden"], o["inner"], bias=False)
        self.up_proj = nn.Linear(o["hidden"], o["inner"], bias=False)
        self.down_proj = nn.Linear(o["inner"], o["hidden"], bias=False)

    def forward(self, x):
        return self.down_proj(F.silu(self.gate_proj(x)) * self.up_proj(x))


class LlamaBlock(nn.Module):
    def __init__(self, o):
        super().__init__()
        self.input_layernorm = nn.RMSNorm(o["hidden"], eps=1e-5)
        self.self_attn = LlamaAttention(o)
        self.post_attention_layernorm = nn.RMSNorm(o["hidden"], eps=1e-5)
        self.mlp = SwiGLU(o)

    def forward(self, x, angle, mask):
        x = x + self.self_attn(self.input_layernorm(x), angle, mask)
        return x + self.mlp(self.post_attention_layernorm(x))


class Llama(nn.Module):
    def __init__(self, o):
        super().__init__()
        C = o["hidden"]
        self.model = nn.ModuleDict(
            {
                "embed_tokens": nn.Embedding(V, C),
                "layers": nn.ModuleList(LlamaBlock(o) for _ in range(o["layers"])),
                "norm": nn.RMSNorm(C, eps=1e-5),
            }
        )
        self.lm_head = nn.Linear(C, V, bias=False)
        if o["tied"]:
            self.lm_head.weight = self.model.embed_tokens.weight
        self.o = o

    def forward(self, tokens):
        T, o = tokens.shape[1], self.o
        angle = angles(torch.arange(T), o["hidden"] // o["heads"], o["theta"])
        x = self.model.embed_tokens(tokens)
        for layer in self.model.layers:
            x = layer(x, angle, seen(T, T, True, o["window"]))
        return self.lm_head(self.model.norm(x))


class GPT2Attention(nn.Module):
    def __init__(self, o):
        super().__init__()
        self.d = o["hidden"] // o["heads"]
        self.c_attn = nn.Linear(o["hidden"], 3 * o["hidden"], bias=o["bias"])
        self.c_proj = nn.Linear(o["hidden"], o["hidden"], bias=o["bias"])

    def forward(self, x, mask):
        q, k, v = (y.unflatten(-1, (-1, self.d)) for y in self.c_attn(x).chunk(3, -1))
        return self.c_proj(attend(q, k, v, mask).flatten(-2))


class GELU(nn.Module):
    def __init__(self, o):
        super().__init__()
        self.c_fc = nn.Linear(o["hidden"], o["inner"], bias=o["bias"])
        self.c_proj = nn.Linear(o["inner"], o["hidden"], bias=o["bias"])

    def forward(self, x):
        return self.c_proj(F.gelu(self.c_fc(x), approximate="tanh"))


class GPT2Block(nn.Module):
    def __init__(self, o):
        super().__init__()
        self.ln_1 = nn.LayerNorm(o["hidden"], eps=1e-5, bias=o["bias"])
        self.attn = GPT2Attention(o)
        self.ln_2 = nn.LayerNorm(o["hidden"], eps=1e-5, bias=o["bias"])
        self.mlp = GELU(o)

    def forward(self, x, mask):
        x = x + self.attn(self.ln_1(x), mask)
        return x + self.mlp(self.ln_2(x))


class GPT2(nn.Module):
    def __init__(self, o):
        super().__init__()
        C = o["hidden"]
        self.transformer = nn.ModuleDict(
            {
                "wte": nn.Embedding(V, C),
                "wpe": nn.Embedding(o["context"], C),
                "h": nn.ModuleList(GPT2Block(o) for _ in range(o["layers"])),
                "ln_f": nn.LayerNorm(C, eps=1e-5, bias=o["bias"]),
            }
        )
        self.lm_head = nn.Linear(C, V, bias=False)
        if o["tied"]:
            self.lm_head.weight = self.transformer.wte.weight
        self.o = o

    def forward(self, tokens):
        T = tokens.shape[1]
        x = self.transformer.wte(tokens) + self.transformer.wpe(torch.arange(T))
        for block in self.transformer.h:
            x = block(x, seen(T, T, True, self.o["window"]))
        return self.lm_head(self.transformer.ln_f(x))


V, T, B, STEPS = 11, 9, 3, 10
SHARED = dict(layers=2, context=12, dropout=0, bias=False, theta=10_000, window=0, tied=True)
LLAMA = dict(SHARED, style="llama", hidden=16, inner=20)
GPT = dict(SHARED, style="gpt2", hidden=12, inner=19, heads=4, kvHeads=4)
VARIANTS = {
    "llama": dict(LLAMA, heads=4, kvHeads=2),
    "llama, window, untied": dict(
        LLAMA, hidden=12, heads=2, kvHeads=1, inner=13, window=4, tied=False, theta=500
    ),
    "gpt2": dict(GPT),
    "gpt2, biases, untied": dict(GPT, bias=True, tied=False),
    "gpt2, biases, window": dict(GPT, bias=True, window=3),
}
LR, BETAS, DECAY, CLIP = 1e-2, (0.9, 0.99), 0.1, 1.0


def is_decayed(name, parameter, tied):
    """nanoGPT's matrices; a table of tokens is one where it is the output's weight, too."""
    table = name.endswith(("embed_tokens.weight", "wte.weight"))
    return parameter.dim() >= 2 and (tied or not table)


torch.manual_seed(3)
inputs = torch.randint(V, (STEPS, T, B))
targets = torch.randint(V, (STEPS, T, B))
targets[:, 6:, 1] = -1  # a row that is shorter
put("inputs", inputs)
put("targets", targets)


def train(name, o):
    model = (Llama if o["style"] == "llama" else GPT2)(o).double()
    for p in model.parameters():  # large enough to have effects, and what float32 can hold
        start = 1 if p.dim() == 1 else 0
        p.data = (start + 0.3 * torch.randn(p.shape)).double()

    def put_all(prefix, items):
        for key, tensor in items:
            put(f"{name}.{prefix}.{key}", tensor)

    put_all("weights", model.named_parameters())  # a tied weight once
    groups = ([], [])
    for key, p in model.named_parameters():
        groups[not is_decayed(key, p, o["tied"])].append(p)
    optimizer = torch.optim.AdamW(
        [{"params": groups[0], "weight_decay": DECAY}, {"params": groups[1], "weight_decay": 0.0}],
        lr=LR,
        betas=BETAS,
    )
    losses, norms = [], []
    for step in range(STEPS):
        optimizer.zero_grad()
        logits = model(inputs[step].T)
        wanted = targets[step].T
        loss = F.cross_entropy(logits.reshape(-1, V), wanted.reshape(-1), ignore_index=-1)
        loss.backward()
        if step == 0:
            put_all("grads", ((key, p.grad) for key, p in model.named_parameters()))
        norms.append(nn.utils.clip_grad_norm_(model.parameters(), CLIP).item())
        optimizer.step()
        losses.append(loss.item())
    put_all("after", model.named_parameters())
    expected["models"][name] = {"config": o, "losses": losses, "norms": norms}


for name, o in VARIANTS.items():
    train(name, o)


# --- operations: inputs, outputs, and gradients of Σ weights · outputs -------------------------


def operation(name, run, **given):
    own = {key: value.float().double().requires_grad_() for key, value in given.items()}
    y = run(**own)
    weights = torch.randn(y.shape).double()
    (weights * y).sum().backward()
    for key, value in own.items():
        put(f"{name}.{key}", value)
        put(f"{name}.grads.{key}", value.grad)
    put(f"{name}.y", y)
    put(f"{name}.weights", weights)


ATTENTION = [
    dict(B=2, queries=5, keys=9, heads=2, groups=2, d=5),
    dict(B=3, queries=7, keys=4, heads=3, groups=1, d=8, lengths=[4, 1, 3]),
    dict(B=2, queries=3, keys=11, heads=4, groups=2, d=6, causal=True),
    dict(B=1, queries=17, keys=17, heads=4, groups=2, d=4, causal=True, window=5),
    dict(B=2, queries=6, keys=6, heads=2, groups=2, d=7, causal=True, lengths=[6, 4]),
    dict(B=1, queries=2, keys=270, heads=1, groups=1, d=3, causal=True),
]
for i, o in enumerate(ATTENTION):
    rows, heads, groups, d = o["B"], o["heads"], o["groups"], o["d"]
    mask = seen(
        o["queries"], o["keys"], o.get("causal", False), o.get("window", 0), o.get("lengths")
    )
    operation(
        f"attention.{i}",
        lambda q, k, v: attend(q, k, v, mask),
        q=2 * torch.randn(rows, o["queries"], heads, d),
        k=2 * torch.randn(rows, o["keys"], groups, d),
        v=torch.randn(rows, o["keys"], groups, d),
    )
    expected["attention"].append(o)

x = torch.cat([torch.linspace(-6, 6, 61), torch.tensor([-30.0, -11.0, 9.0, 40.0])])
operation("gelu erf", lambda x: F.gelu(x), x=x)
operation("gelu tanh", lambda x: F.gelu(x, approximate="tanh"), x=x)
operation("silu", lambda x: F.silu(x), x=x)

x = 3 * torch.randn(2, 3, 13) + torch.randn(2, 3, 1)
w, b = torch.randn(13), torch.randn(13)
operation("layer norm", lambda x, w, b: F.layer_norm(x, (13,), w, b, 1e-5), x=x, w=w, b=b)
operation("layer norm, no bias", lambda x, w: F.layer_norm(x, (13,), w, None, 1e-5), x=x, w=w)
operation("rms norm", lambda x, w: F.rms_norm(x, (13,), w, 1e-5), x=x, w=w)
operation("rms norm, small", lambda x, w: F.rms_norm(x, (13,), w, 1e-6), x=1e-3 * x, w=w)

POSITIONS = [0, 1, 7, 127, 4095, 32768, 65535, 99_999, 100_000]
for d, theta in ((8, 10_000), (6, 500_000)):
    angle = angles(torch.tensor(POSITIONS), d, theta)
    x = torch.randn(2, len(POSITIONS), 3, d)
    operation(f"rotary half {d}", lambda x: rotate_half(x, angle), x=x)
    operation(f"rotary interleaved {d}", lambda x: rotate_interleaved(x, angle), x=x)
    expected["rotary"].append({"d": d, "theta": theta, "positions": POSITIONS})

save_file(tensors, HERE / "transformer.safetensors")
(HERE / "transformer.safetensors").chmod(0o644)
(HERE / "transformer.json").write_text(json.dumps(expected, indent=1) + "\n")
