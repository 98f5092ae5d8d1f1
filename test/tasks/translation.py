"""The model of translation.mjs in PyTorch, on the same pairs with the same settings: its loss and its speed.

    python3 test/tasks/translation.py out [luong | none | transformer] [threads] [epochs]

Reads the folder's pairs.json, which translation.mjs wrote, and writes pytorch-<kind>.json.
"""

import json
import math
import random
import sys
import time
from pathlib import Path

import torch
from torch import nn
from torch.nn.functional import cross_entropy, dropout
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence, pad_sequence

out = Path(sys.argv[1])
kind = sys.argv[2] if len(sys.argv) > 2 else "luong"
torch.set_num_threads(int(sys.argv[3]) if len(sys.argv) > 3 else 1)
torch.manual_seed(1)
random.seed(1)
settings = json.loads(Path(__file__).with_name("translation.json").read_text())
data = json.loads((out / "pairs.json").read_text())
if kind == "transformer":
    settings |= settings["transformer"]
BATCH, EPOCHS = settings["batch"], int(sys.argv[4]) if len(sys.argv) > 4 else settings["epochs"]
sys.path.insert(0, str(Path(__file__).parents[2] / "examples" / "pytorch"))
from seq2seq_transformer import Seq2SeqTransformer  # noqa: E402


class Seq2Seq(nn.Module):
    def __init__(self, embed, hidden, p):
        super().__init__()
        self.p = p
        self.sources = nn.Embedding(data["sources"], embed)
        self.targets = nn.Embedding(data["targets"], embed)
        self.encoder = nn.LSTM(embed, hidden // 2, bidirectional=True)
        self.decoder = nn.LSTM(embed, hidden)
        if kind == "luong":
            self.memory = nn.Linear(hidden, hidden, bias=False)
            self.combine = nn.Linear(2 * hidden, hidden, bias=False)
        self.linear = nn.Linear(hidden, data["targets"])

    def drop(self, x):
        return dropout(x, self.p, self.training)

    def forward(self, sources, lengths, inputs):
        x = pack_padded_sequence(self.drop(self.sources(sources)), lengths, enforce_sorted=False)
        packed, (h, c) = self.encoder(x)
        state = tuple(torch.cat([s[0::2], s[1::2]], -1) for s in (h, c))
        query, _ = self.decoder(self.drop(self.targets(inputs)), state)
        if kind == "luong":
            memory = pad_packed_sequence(packed)[0].transpose(0, 1)  # (B, S, H)
            q = query.transpose(0, 1)
            scores = q @ self.memory(memory).transpose(1, 2)
            padding = torch.arange(memory.shape[1])[None] >= lengths[:, None]
            weights = scores.masked_fill(padding[:, None], -math.inf).softmax(-1)
            query = torch.tanh(self.combine(torch.cat([weights @ memory, q], -1))).transpose(0, 1)
        return self.linear(self.drop(query))


class Transformer(Seq2SeqTransformer):
    """As the LSTM: (S, B), (B), (T, B) → (T, B, V)"""

    def __init__(self):
        C = settings["hidden"]
        sizes = dict(kvHeads=settings["heads"], inner=8 * math.ceil(C / 3), theta=10000)
        config = settings | sizes | dict(tied=False, shared=False, bias=False)
        super().__init__(config, data["sources"], data["targets"])

    def forward(self, sources, lengths, inputs):
        return super().forward(sources.T, lengths, inputs.T)[0].transpose(0, 1)


def batches(pairs, shuffle):
    """Pairs of similar lengths together, the batches in random order."""
    pairs = random.sample(pairs, len(pairs)) if shuffle else list(pairs)
    pairs.sort(key=lambda pair: (len(pair[1]), len(pair[0])))
    cut = [pairs[i : i + BATCH] for i in range(0, len(pairs), BATCH)]
    if shuffle:
        random.shuffle(cut)
    for rows in cut:
        source = [torch.tensor(s) for s, _ in rows]
        inputs = [torch.tensor([data["start"], *t]) for _, t in rows]
        targets = [torch.tensor([*t, data["end"]]) for _, t in rows]
        lengths = torch.tensor([len(s) for s in source])
        padded = pad_sequence(targets, padding_value=-100)
        yield pad_sequence(source), lengths, pad_sequence(inputs, padding_value=data["end"]), padded


def held_out():
    model.eval()
    total = count = 0
    with torch.no_grad():
        for *batch, targets in batches(data["heldOut"], shuffle=False):
            logits = model(*batch).flatten(0, 1)
            total += cross_entropy(logits, targets.flatten(), reduction="sum").item()
            count += (targets >= 0).sum().item()
    model.train()
    return total / count


if kind == "transformer":
    model = Transformer()
else:
    model = Seq2Seq(settings["embed"], settings["hidden"], settings["dropout"])
parameters = sum(p.numel() for p in model.parameters())
decay = settings["weightDecay"]
# Matrices that are multiplied with decay; tables of embeddings and vectors do not.
decayed = {n: p.dim() > 1 and "embedding" not in n for n, p in model.named_parameters()}
groups = [
    dict(params=[p for n, p in model.named_parameters() if decayed[n] == yes], weight_decay=yes * decay)
    for yes in (True, False)
]
optimizer = torch.optim.AdamW(groups, lr=settings["lr"])
steps = EPOCHS * math.ceil(len(data["train"]) / BATCH)
warmup = settings["warmup"]


def rate(step):
    if step < warmup:
        return (step + 1) / warmup
    return (1 + math.cos(math.pi * (step - warmup) / (steps - warmup))) / 2


schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, rate)
tokens, spent, history = 0, 0.0, []
for epoch in range(EPOCHS):
    start = time.perf_counter()
    for *batch, targets in batches(data["train"], shuffle=True):
        logits = model(*batch).flatten(0, 1)
        loss = cross_entropy(logits, targets.flatten(), label_smoothing=settings["smoothing"])
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), settings["clip"])
        optimizer.step()
        schedule.step()
        tokens += (targets >= 0).sum().item()
    spent += time.perf_counter() - start
    history.append(held_out())
    print(f"epoch {epoch + 1}: held out {history[-1]:.4f} nats, {tokens / spent:.0f} tokens/s", flush=True)
result = {"kind": kind, "parameters": parameters, "nats": history[-1], "history": history}
result["tokensPerSecond"] = tokens / spent
(out / f"pytorch-{kind}.json").write_text(json.dumps(result, indent=2) + "\n")
