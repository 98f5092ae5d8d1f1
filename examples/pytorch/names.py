"""Trains a model of names in PyTorch, for names.mjs to sample in JavaScript, and takes it back.

    python3 names.py train names.txt lstm          (or transformer)
    node names.mjs lstm                            (or transformer)
    python3 names.py back names.safetensors        what names.mjs saved

`train` writes weights.safetensors, the state_dict, and vocabulary.json, the characters in the order of their ids. Needs torch
and safetensors.
"""

import json
import sys

import torch
import torch.nn.functional as F
from safetensors import safe_open
from safetensors.torch import load_file, save_file
from torch import nn

CONTEXT = 32
torch.set_num_threads(1)


class LSTM(nn.Module):
    """The names of the layers are simdream's."""

    def __init__(self, vocab, embed=32, hidden=64, layers=1):
        super().__init__()
        self.embedding = nn.Embedding(vocab, embed)
        self.lstm = nn.LSTM(embed, hidden, layers, batch_first=True)
        self.linear = nn.Linear(hidden, vocab)

    def forward(self, tokens):  # (B, T) → (B, T, V)
        return self.linear(self.lstm(self.embedding(tokens))[0])


class Attention(nn.Module):
    def __init__(self, C, heads, kv_heads):
        super().__init__()
        self.size = C // heads
        self.q_proj = nn.Linear(C, C, bias=False)
        self.k_proj = nn.Linear(C, self.size * kv_heads, bias=False)
        self.v_proj = nn.Linear(C, self.size * kv_heads, bias=False)
        self.o_proj = nn.Linear(C, C, bias=False)

    def forward(self, x):
        q, k, v = (p(x).unflatten(-1, (-1, self.size)).transpose(1, 2) for p in (self.q_proj, self.k_proj, self.v_proj))
        y = F.scaled_dot_product_attention(rotary(q), rotary(k), v, is_causal=True, enable_gqa=True)
        return self.o_proj(y.transpose(1, 2).flatten(-2))


def rotary(x, theta=10_000):
    """x (B, H, T, d): number i is turned with number i + d/2, as in Hugging Face's Llama."""
    T, d = x.shape[-2:]
    frequencies = theta ** (-torch.arange(0, d, 2, dtype=torch.float64) / d)
    angles = torch.arange(T)[:, None] * frequencies
    cos, sin = (torch.cat([f(angles)] * 2, -1).to(x.dtype) for f in (torch.cos, torch.sin))
    first, second = x.chunk(2, -1)
    return x * cos + torch.cat([-second, first], -1) * sin


class FeedForward(nn.Module):
    def __init__(self, C, inner):
        super().__init__()
        self.gate_proj = nn.Linear(C, inner, bias=False)
        self.up_proj = nn.Linear(C, inner, bias=False)
        self.down_proj = nn.Linear(inner, C, bias=False)

    def forward(self, x):
        return self.down_proj(F.silu(self.gate_proj(x)) * self.up_proj(x))


class Layer(nn.Module):
    def __init__(self, C, heads, kv_heads, inner):
        super().__init__()
        self.input_layernorm = nn.RMSNorm(C, eps=1e-5)
        self.self_attn = Attention(C, heads, kv_heads)
        self.post_attention_layernorm = nn.RMSNorm(C, eps=1e-5)
        self.mlp = FeedForward(C, inner)

    def forward(self, x):
        x = x + self.self_attn(self.input_layernorm(x))
        return x + self.mlp(self.post_attention_layernorm(x))


class Transformer(nn.Module):
    """Like Llama, with Hugging Face's names. The embedding is the output's weight, too."""

    def __init__(self, vocab, C=64, layers=2, heads=4, kv_heads=2, inner=176):
        super().__init__()
        self.model = nn.Module()
        self.model.embed_tokens = nn.Embedding(vocab, C)
        self.model.layers = nn.ModuleList(Layer(C, heads, kv_heads, inner) for _ in range(layers))
        self.model.norm = nn.RMSNorm(C, eps=1e-5)
        for weight in self.parameters():
            if weight.dim() > 1:
                nn.init.normal_(weight, std=0.02)

    def forward(self, tokens):  # (B, T) → (B, T, V)
        x = self.model.embed_tokens(tokens)
        for layer in self.model.layers:
            x = layer(x)
        return F.linear(self.model.norm(x), self.model.embed_tokens.weight)


def train(path, kind, steps=500):
    names = open(path, encoding="utf-8").read().split()
    # As in makemore, "." begins and ends each name.
    vocabulary = ["."] + sorted(set("".join(names)) - {"."})
    ids = {character: i for i, character in enumerate(vocabulary)}
    rows = [torch.tensor([ids[c] for c in f".{name}."]) for name in names if len(name) < CONTEXT]
    model = {"lstm": LSTM, "transformer": Transformer}[kind](len(vocabulary))
    optimizer = torch.optim.AdamW(model.parameters(), lr=3e-3)
    for step in range(steps):
        batch = [rows[i] for i in torch.randint(len(rows), (32,))]
        inputs = nn.utils.rnn.pad_sequence([row[:-1] for row in batch], batch_first=True)
        targets = nn.utils.rnn.pad_sequence([row[1:] for row in batch], True, padding_value=-1)
        loss = F.cross_entropy(model(inputs).transpose(1, 2), targets, ignore_index=-1)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if (step + 1) % 100 == 0:
            print(f"step {step + 1}: loss {loss.item():.3f}")
    save_file(model.state_dict(), "weights.safetensors")
    json.dump(vocabulary, open("vocabulary.json", "w"))
    show(model, vocabulary)


def back(path):
    with safe_open(path, "pt") as file:
        about = json.loads(file.metadata()["simdream"])
    vocabulary, network = about["assets"]["tokenizer"]["characters"], about["network"]
    if network["kind"] == "lstm":
        sizes = (network["embed"], network["hidden"], network["layers"])
        model = LSTM(len(vocabulary), *sizes)
    else:
        sizes = (network[name] for name in ("hidden", "layers", "heads", "kvHeads", "inner"))
        model = Transformer(len(vocabulary), *sizes)
    model.load_state_dict(load_file(path))
    show(model, vocabulary)


@torch.no_grad()
def show(model, vocabulary):
    """What comes first and how likely it is, and a few names."""
    likely = model(torch.tensor([[0]]))[0, -1].log_softmax(-1)
    print("first:", ", ".join(f"{vocabulary[i]} {likely[i]:.5f}" for i in likely.topk(3).indices))
    for seed in range(5):
        generator, tokens = torch.Generator().manual_seed(seed), [0]
        while len(tokens) == 1 or (tokens[-1] != 0 and len(tokens) < CONTEXT):
            chances = (model(torch.tensor([tokens]))[0, -1] / 0.8).softmax(-1)
            tokens.append(torch.multinomial(chances, 1, generator=generator).item())
        print("".join(vocabulary[token] for token in tokens).strip("."))


if __name__ == "__main__":
    torch.manual_seed(1)
    if len(sys.argv) < 3:
        raise SystemExit(__doc__)
    {"train": train, "back": back}[sys.argv[1]](*sys.argv[2:])
