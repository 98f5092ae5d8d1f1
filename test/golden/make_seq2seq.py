"""Makes seq2seq.safetensors and seq2seq.json with PyTorch: python3 test/golden/make_seq2seq.py

Needs torch and safetensors (made with torch 2.13, safetensors 0.8). Encoder-decoders with every kind of
attention, with two directions, tied weights and the joint loss: weights, one batch's gradients, and the
losses of ten steps of Adam, in float64 from float32 weights.
"""

import copy
import json
import pathlib

import torch
from safetensors.torch import save_file
from torch import nn
from torch.nn import functional as F
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

HERE = pathlib.Path(__file__).parent
torch.set_num_threads(1)
torch.use_deterministic_algorithms(True)

SOURCES, TARGETS, EMBED, HIDDEN, LAYERS, LABELS = 9, 7, 6, 8, 2, 3
S, T, B, STEPS = 5, 6, 4, 10
SOURCE_LENGTHS = torch.tensor([3, 5, 1, 4])
LENGTHS = torch.tensor([6, 2, 4, 3])


class Side(nn.Module):
    def __init__(self, classes, hidden, bidirectional=False):
        super().__init__()
        self.embedding = nn.Embedding(classes, EMBED)
        self.lstm = nn.LSTM(EMBED, hidden, num_layers=LAYERS, bidirectional=bidirectional)


class Attention(nn.Module):
    def __init__(self, kind, outputs):
        super().__init__()
        if kind != "luong-dot":
            self.memory = nn.Linear(HIDDEN, HIDDEN, bias=False)
        if kind == "bahdanau":
            self.query = nn.Linear(HIDDEN, HIDDEN, bias=False)
            self.score = nn.Parameter(torch.randn(HIDDEN))
        self.combine = nn.Linear(2 * HIDDEN, outputs, bias=False)
        self.kind = kind

    def forward(self, query, memory, mask):  # (T, B, H), (S, B, H), (B, S)
        keys = memory if self.kind == "luong-dot" else self.memory(memory)
        if self.kind == "bahdanau":
            both = self.query(query)[:, None] + keys[None]  # (T, S, B, H)
            scores = torch.tanh(both) @ self.score  # (T, S, B)
            scores = scores.permute(0, 2, 1)
        else:
            scores = torch.einsum("tbh,sbh->tbs", query, keys)
        weights = scores.masked_fill(~mask[None], -torch.inf).softmax(-1)
        context = torch.einsum("tbs,sbh->tbh", weights, memory)
        return torch.tanh(self.combine(torch.cat([context, query], -1)))


class Seq2Seq(nn.Module):
    """Names as simdream's."""

    def __init__(self, attention, bidirectional, tied, labels):
        super().__init__()
        half = HIDDEN // 2 if bidirectional else HIDDEN
        self.encoder = Side(SOURCES, half, bidirectional)
        self.decoder = Side(TARGETS, HIDDEN)
        outputs = EMBED if tied else HIDDEN
        self.attention = Attention(attention, outputs) if attention != "none" else None
        self.linear = nn.Linear(outputs, TARGETS)
        if tied:
            self.linear.weight = self.decoder.embedding.weight
        self.classifier = nn.Linear(HIDDEN, LABELS) if labels else None

    def forward(self, sources, inputs):
        packed = pack_padded_sequence(
            self.encoder.embedding(sources), SOURCE_LENGTHS, enforce_sorted=False
        )
        memory, (h, c) = self.encoder.lstm(packed)
        memory, _ = pad_packed_sequence(memory, total_length=S)
        if self.encoder.lstm.bidirectional:
            h, c = (torch.cat([x[0::2], x[1::2]], -1) for x in (h, c))
        output, _ = self.decoder.lstm(self.decoder.embedding(inputs), (h, c))
        if self.attention:
            mask = torch.arange(S) < SOURCE_LENGTHS[:, None]
            output = self.attention(output, memory, mask)
        return self.linear(output), self.classifier and self.classifier(h[-1])


VARIANTS = {
    "plain": dict(attention="none", bidirectional=False, tied=False, labels=False),
    "dot": dict(attention="luong-dot", bidirectional=False, tied=False, labels=False),
    "luong": dict(attention="luong", bidirectional=True, tied=False, labels=False),
    "bahdanau": dict(attention="bahdanau", bidirectional=True, tied=True, labels=False),
    "joint": dict(attention="luong", bidirectional=False, tied=False, labels=True),
}
LAMBDA, SMOOTHING = 0.7, 0.1

torch.manual_seed(5)
sources = torch.randint(SOURCES, (STEPS, S, B))
inputs = torch.randint(TARGETS, (STEPS, T, B))
targets = torch.randint(TARGETS, (STEPS, T, B))
targets[:, torch.arange(T)[:, None] >= LENGTHS] = -1
labels = torch.randint(LABELS, (STEPS, B))
labels[3, 1] = -1  # one without a label


def losses_of(model, variant, step):
    logits, guess = model(sources[step], inputs[step])
    decoder = F.cross_entropy(
        logits.reshape(-1, TARGETS),
        targets[step].reshape(-1),
        ignore_index=-1,
        label_smoothing=SMOOTHING if variant["labels"] else 0,
    )
    if guess is None:
        return decoder, None
    encoder = F.cross_entropy(guess, labels[step], ignore_index=-1, reduction="sum") / B
    return encoder + LAMBDA * decoder, encoder


tensors = {
    "sources": sources.int(),
    "inputs": inputs.int(),
    "targets": targets.int(),
    "labels": labels.int(),
}
expected = {}
for name, variant in VARIANTS.items():
    model = Seq2Seq(**variant).double()
    for p in model.parameters():  # large enough to have effects, and what float32 can hold
        p.data = (3 * p.data).float().double()

    def put(prefix, items):
        for key, t in items:
            tensors[f"{name}.{prefix}.{key}"] = t.detach().float().contiguous().clone()

    put("weights", model.named_parameters())  # a tied weight once
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
    losses, encoders = [], []
    for step in range(STEPS):
        optimizer.zero_grad()
        loss, encoder = losses_of(model, variant, step)
        loss.backward()
        if step == 0:
            put("grads", ((key, p.grad) for key, p in model.named_parameters()))
        optimizer.step()
        losses.append(loss.item())
        encoders.append(encoder.item() if encoder is not None else None)
    put("after", model.named_parameters())
    expected[name] = {**variant, "losses": losses, "encoder": encoders}

save_file(tensors, HERE / "seq2seq.safetensors")
(HERE / "seq2seq.safetensors").chmod(0o644)
(HERE / "seq2seq.json").write_text(json.dumps(expected, indent=1) + "\n")
