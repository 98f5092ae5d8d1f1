"""simdream's Transformer of pairs in PyTorch, under the same names; loads a file and answers greedily.

    python3 seq2seq_transformer.py model.safetensors "source"      (needs torch, safetensors; char tokenizers)
"""

import json
import sys

import torch
from torch import nn
from torch.nn import functional as F

NAMES = {
    "llama": ("layers", "input_layernorm", "self_attn", "cross_attention_layernorm", "cross_attn",
              "post_attention_layernorm", "norm"),
    "gpt2": ("h", "ln_1", "attn", "ln_cross_attn", "crossattention", "ln_2", "ln_f"),
}  # fmt: skip


def rotate(x, theta):
    """Rotary positions of x (B, H, T, d): pairs are i and i + d/2."""
    half = x.shape[-1] // 2
    frequencies = theta ** (-torch.arange(half, dtype=torch.float64) / half)
    angles = (torch.arange(x.shape[2])[:, None] * frequencies).to(x.dtype)
    cos, sin = angles.cos(), angles.sin()
    a, b = x[..., :half], x[..., half:]
    return torch.cat([a * cos - b * sin, b * cos + a * sin], -1)


class Attention(nn.Module):
    """Of a sequence to itself, or to `memory`."""

    def __init__(self, c, cross):
        super().__init__()
        C, self.c, self.cross = c["hidden"], c, cross
        self.own = C // c["heads"] * c["kvHeads"]
        line = lambda outputs: nn.Linear(C, outputs, bias=c["bias"])
        self.joint = c["style"] == "gpt2"
        if not self.joint:
            self.q_proj, self.k_proj, self.v_proj = line(C), line(self.own), line(self.own)
            self.o_proj = line(C)
        else:
            if cross:
                self.q_attn = line(C)
            self.c_attn = line(2 * self.own if cross else C + 2 * self.own)
            self.c_proj = line(C)

    def parts(self, x, memory):
        if not self.joint:
            return self.q_proj(x), self.k_proj(memory), self.v_proj(memory)
        if self.cross:
            return self.q_attn(x), *self.c_attn(memory).split(self.own, -1)
        return self.c_attn(x).split([x.shape[-1], self.own, self.own], -1)

    def forward(self, x, memory, mask):
        """mask (…, Tq, Tk): what a query sees"""
        c = self.c
        split = lambda y, heads: y.unflatten(-1, (heads, -1)).transpose(1, 2)
        q, k, v = self.parts(x, memory)
        q, k, v = split(q, c["heads"]), split(k, c["kvHeads"]), split(v, c["kvHeads"])
        if not self.joint and not self.cross:
            q, k = rotate(q, c["theta"]), rotate(k, c["theta"])
        k, v = (y.repeat_interleave(c["heads"] // c["kvHeads"], 1) for y in (k, v))
        scores = (q @ k.transpose(2, 3) * q.shape[-1] ** -0.5).masked_fill(~mask, -torch.inf)
        weights = F.dropout(scores.softmax(-1), c["dropout"], self.training)
        y = (weights @ v).transpose(1, 2).flatten(2)
        return self.c_proj(y) if self.joint else self.o_proj(y)


class FeedForward(nn.Module):
    def __init__(self, c):
        super().__init__()
        line = lambda i, o: nn.Linear(i, o, bias=c["bias"])
        C, inner, self.joint = c["hidden"], c["inner"], c["style"] == "gpt2"
        if self.joint:
            self.c_fc, self.c_proj = line(C, inner), line(inner, C)
        else:
            self.gate_proj, self.up_proj, self.down_proj = line(C, inner), line(C, inner), line(inner, C)

    def forward(self, x):
        if self.joint:
            return self.c_proj(F.gelu(self.c_fc(x), approximate="tanh"))
        return self.down_proj(F.silu(self.gate_proj(x)) * self.up_proj(x))


class Stack(nn.Module):
    def __init__(self, c, classes, cross):
        super().__init__()
        self.c, self.cross, C, self.names = c, cross, c["hidden"], NAMES[c["style"]]
        blocks, n1, attn, n2, looks, n3, last = self.names
        gpt = c["style"] == "gpt2"
        norm = lambda: nn.LayerNorm(C, 1e-5, bias=c["bias"]) if gpt else nn.RMSNorm(C, 1e-5)
        self.embedding = nn.Embedding(classes, C)
        if gpt:
            self.wpe = nn.Embedding(c["context"], C)

        def block():
            own = nn.ModuleDict({n1: norm(), attn: Attention(c, False)})
            if cross:
                own.update({n2: norm(), looks: Attention(c, True)})
            own.update({n3: norm(), "mlp": FeedForward(c)})
            return own

        self.add_module(blocks, nn.ModuleList(block() for _ in range(c["layers"])))
        self.add_module(last, norm())
        # Initial weights: what is added to the residual stream has a smaller deviation.
        for name, p in self.named_parameters():
            added = name.endswith(("o_proj.weight", "c_proj.weight", "down_proj.weight"))
            count = (3 if cross else 2) * c["layers"] if added else 1
            if p.dim() > 1:
                nn.init.normal_(p, std=0.02 / count**0.5)
            elif name.endswith("bias"):
                nn.init.zeros_(p)

    def forward(self, ids, mask, memory=None, sources=None):
        """ids (B, T); mask (…, T, T); memory (B, S, C), of which `sources` (B, S) are real"""
        blocks, n1, attn, n2, looks, n3, last = self.names
        drop = lambda x: F.dropout(x, self.c["dropout"], self.training)
        x = self.embedding(ids)
        if hasattr(self, "wpe"):
            x = x + self.wpe.weight[: ids.shape[1]]
        x = drop(x)
        for block in getattr(self, blocks):
            y = block[n1](x)
            x = x + drop(block[attn](y, y, mask))
            if self.cross:
                x = x + drop(block[looks](block[n2](x), memory, sources[:, None, None]))
            x = x + drop(block["mlp"](block[n3](x)))
        return getattr(self, last)(x)


class Seq2SeqTransformer(nn.Module):
    """c: a file's `network`, with `labels` the number of labels."""

    def __init__(self, c, sources, targets, labels=0):
        super().__init__()
        self.encoder, self.decoder = Stack(c, sources, False), Stack(c, targets, True)
        if c["shared"]:
            self.decoder.embedding = self.encoder.embedding
        self.linear = nn.Linear(c["hidden"], targets, bias=False)
        nn.init.normal_(self.linear.weight, std=0.02)
        if c["tied"]:
            self.linear.weight = self.decoder.embedding.weight
        self.classifier = nn.Linear(c["hidden"], labels) if labels else None

    def encode(self, sources, lengths):
        """sources (B, S) → memory (B, S, C) and what of it is real (B, S)"""
        real = torch.arange(sources.shape[1]) < lengths[:, None]
        return self.encoder(sources, real[:, None, None]), real

    def decode(self, inputs, memory, real):
        T = inputs.shape[1]
        causal = torch.ones(T, T, dtype=torch.bool).tril()
        return self.linear(self.decoder(inputs, causal, memory, real))

    def forward(self, sources, lengths, inputs):
        """Logits (B, T, V), and those of the labels (B, L) where there are any."""
        memory, real = self.encode(sources, lengths)
        mean = (memory * real[..., None]).sum(1) / lengths[:, None]
        return self.decode(inputs, memory, real), self.classifier and self.classifier(mean)


def load(path):
    from safetensors import safe_open

    with safe_open(path, "pt") as file:
        about = json.loads(file.metadata()["simdream"])
        weights = {name: file.get_tensor(name) for name in file.keys()}
    # What two parts share is in the file once.
    weights.setdefault("decoder.embedding.weight", weights["encoder.embedding.weight"])
    weights.setdefault("linear.weight", weights["decoder.embedding.weight"])
    sizes = [len(weights[f"{side}.embedding.weight"]) for side in ("encoder", "decoder")]
    model = Seq2SeqTransformer(about["network"], *sizes, len(about["config"]["labels"]))
    model.load_state_dict(weights)
    return model.eval(), about


@torch.no_grad()
def answer(model, tokens, start, end):
    memory = model.encode(torch.tensor([tokens]), torch.tensor([len(tokens)]))
    said = [start]
    while said[-1] != end and len(said) <= model.encoder.c["context"]:
        logits = model.decode(torch.tensor([said]), *memory)[0, -1]
        logits[[start, end + 1]] = -torch.inf  # the start and the mask are never said
        said.append(int(logits.argmax()))
    return said[1:-1] if said[-1] == end else said[1:]


if __name__ == "__main__":
    model, about = load(sys.argv[1])
    text = about["assets"]
    read, say = text["source"]["characters"], text.get("target", text["source"])["characters"]
    tokens = [read.index(x) for x in sys.argv[2]][:: -1 if about["config"]["reverseSource"] else 1]
    print("".join(say[token] for token in answer(model, tokens, len(say), len(say) + 1)))
