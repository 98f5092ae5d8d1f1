"""A Transformer in Llama's style for pytorch.py: RMS norm, rotary positions, SwiGLU, the embedding as output."""

import torch
from torch.nn.functional import cross_entropy, linear, scaled_dot_product_attention, silu

VOCABULARY = 65


def rotary(x, cos, sin):
    """x (B, H, T, d), halves turned."""
    a, b = x.chunk(2, -1)
    return torch.cat([a * cos - b * sin, b * cos + a * sin], -1)


class Block(torch.nn.Module):
    def __init__(self, hidden, heads, groups, inner):
        super().__init__()
        self.heads, self.groups, self.head = heads, groups, hidden // heads
        self.norm1, self.norm2 = torch.nn.RMSNorm(hidden, 1e-5), torch.nn.RMSNorm(hidden, 1e-5)
        self.qkv = torch.nn.Linear(hidden, (heads + 2 * groups) * self.head, bias=False)
        self.out = torch.nn.Linear(hidden, hidden, bias=False)
        self.gate_up = torch.nn.Linear(hidden, 2 * inner, bias=False)
        self.down = torch.nn.Linear(inner, hidden, bias=False)

    def forward(self, x, cos, sin, cache, at):
        B, T, C = x.shape
        y = self.qkv(self.norm1(x)).view(B, T, -1, self.head).transpose(1, 2)
        q, k, v = y.split([self.heads, self.groups, self.groups], 1)
        q, k = rotary(q, cos, sin), rotary(k, cos, sin)
        if cache is not None:
            cache[0][:, :, at : at + T], cache[1][:, :, at : at + T] = k, v
            k, v = cache[0][:, :, : at + T], cache[1][:, :, : at + T]
        grouped = self.groups != self.heads
        y = scaled_dot_product_attention(q, k, v, is_causal=T > 1, enable_gqa=grouped)
        x = x + self.out(y.transpose(1, 2).reshape(B, T, C))
        gate, up = self.gate_up(self.norm2(x)).chunk(2, -1)
        return x + self.down(silu(gate) * up)


class Transformer(torch.nn.Module):
    def __init__(self, job, classes, context):
        super().__init__()
        hidden, heads = job["hidden"], job["heads"]
        self.groups, self.head = job.get("kvHeads", heads), hidden // heads
        self.embedding = torch.nn.Embedding(classes, hidden)
        torch.nn.init.normal_(self.embedding.weight, std=0.02)
        sizes = hidden, heads, self.groups, job["inner"]
        self.blocks = torch.nn.ModuleList(Block(*sizes) for _ in range(job["layers"]))
        self.norm = torch.nn.RMSNorm(hidden, 1e-5)
        frequencies = 10_000.0 ** -(torch.arange(0, self.head, 2) / self.head)
        angles = torch.arange(context)[:, None] * frequencies
        self.cos, self.sin = angles.cos(), angles.sin()

    def forward(self, tokens, caches=None, at=0):
        T = tokens.shape[1]
        cos, sin = self.cos[at : at + T], self.sin[at : at + T]
        x = self.embedding(tokens)
        for i, block in enumerate(self.blocks):
            x = block(x, cos, sin, caches and caches[i], at)
        if caches is not None:
            x = x[:, -1]
        return linear(self.norm(x), self.embedding.weight)


def transformer(job):
    context, batch = job["context"], job["batch"]
    net = Transformer(job, VOCABULARY, context)
    matrices = [p for p in net.parameters() if p.dim() > 1]
    vectors = [p for p in net.parameters() if p.dim() == 1]
    groups = {"params": matrices, "weight_decay": 0.1}, {"params": vectors, "weight_decay": 0}
    optimizer = torch.optim.AdamW(groups, 2e-3)

    def run(repeats):
        for _ in range(repeats):
            inputs, targets = torch.randint(0, VOCABULARY, (2, batch, context))
            optimizer.zero_grad()
            loss = cross_entropy(net(inputs).view(-1, VOCABULARY), targets.view(-1))
            loss.backward()
            torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)
            optimizer.step()
            if not loss.item() < 10:
                raise ValueError(f"the loss is {loss.item()}")

    return run


def decode(job):
    length, count = job["prompt"], job["tokens"]
    net = Transformer(job, job["classes"], length + count).eval()
    shape = 1, net.groups, length + count, net.head
    prompt = torch.randint(0, job["classes"], (1, length))

    def run(repeats):
        with torch.inference_mode():
            for _ in range(repeats):
                caches = [(torch.zeros(shape), torch.zeros(shape)) for _ in net.blocks]
                tokens, at = prompt, 0
                for _ in range(count):
                    logits = net(tokens, caches, at)
                    at += tokens.shape[1]
                    tokens = torch.multinomial(torch.softmax(logits, -1), 1)
                    tokens.tolist()

    return run
