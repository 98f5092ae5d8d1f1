"""The network of mario.mjs in PyTorch: the same features, as many windows of the same size, the same steps.

    python3 test/tasks/grids/mario.py <folder of levels> [--runs lines] [--steps 700] [--batch 8] [--window 512] [--order snake] [--seed 1]

Features are made here again, from their description in docs/grids.md. Windows are drawn by the same law, with torch's generator.
Prints nats a tile of 3-1 and 6-2, each read from its beginning. With --levels 200 --out levels.txt it then draws levels, which
mario.mjs measures with --judge levels.txt.
"""

import argparse
import math
import pathlib
import time

import torch
from torch import nn
from torch.nn import functional as F

parser = argparse.ArgumentParser()
parser.add_argument("folder", type=pathlib.Path)
parser.add_argument("--runs", choices=["none", "cells", "lines"], default="lines")
parser.add_argument("--steps", type=int, default=700)
parser.add_argument("--batch", type=int, default=8)
parser.add_argument("--window", type=int, default=512)
parser.add_argument("--hidden", type=int, default=192)
parser.add_argument("--embed", type=int, default=64)
parser.add_argument("--dropout", type=float, default=0.3)
parser.add_argument("--lr", type=float, default=5e-3)
parser.add_argument("--warmup", type=int, default=50)
parser.add_argument("--order", choices=["columns", "snake"], default="snake")
parser.add_argument("--seed", type=int, default=1)
parser.add_argument("--threads", type=int, default=1)
parser.add_argument("--levels", type=int, default=0)
parser.add_argument("--columns", type=int, default=200)
parser.add_argument("--out", type=pathlib.Path)
o = parser.parse_args()
torch.set_num_threads(o.threads)
torch.manual_seed(o.seed)

HELD = ["3-1", "6-2"]
BEFORE, FAR = 3, 16
NEIGHBOURS = [(1, -2), (1, -1), (1, 0), (1, 1), (1, 2), (2, -1), (2, 0), (2, 1), (3, 0)]

files = sorted(o.folder.glob("mario-*.txt"))
levels = {f.stem: f.read_text().splitlines() for f in files}
symbols = sorted({c for rows in levels.values() for row in rows for c in row})
V = len(symbols)
snake = o.order == "snake"


def path_of(width, height):
    path = []
    for x in range(width):
        ys = range(height - 1, -1, -1) if snake and x % 2 == 0 else range(height)
        path += [(x, y) for y in ys]
    return path


def features(cells, path, t, width, height):
    """What is told of cell t, and the rows of the table. cells[x][y] are symbols, of which those before t are read."""
    x, y = path[t]
    cell = lambda x, y: cells[x][y] if 0 <= x < width and 0 <= y < height else V
    own, first = [], 0
    for k in range(1, BEFORE + 1):
        own.append(first + (cell(*path[t - k]) if t >= k else V))
        first += V + 1
    for lines, places in NEIGHBOURS:
        own.append(first + cell(x - lines, y + places))
        first += V + 1
    for distance in [x, width - 1 - x, y, height - 1 - y]:
        own.append(first + min(distance, FAR))
        first += FAR + 1
    if snake:
        own.append(first + (1 if x % 2 == 0 else 0))
        first += 2
    if o.runs != "none":
        lines = 0
        while lines < min(x, FAR) and cells[x - 1 - lines][y] == cells[x - 1][y]:
            lines += 1
        along = 0
        while along < min(t, FAR) and cell(*path[t - 1 - along]) == cell(*path[t - 1]):
            along += 1
        whole = 0
        while whole < min(x, FAR) and cells[x - 1 - whole] == cells[x - 1]:
            whole += 1
        for run in [lines, along] + [whole] * (o.runs == "lines"):
            own.append(first + run)
            first += FAR + 1
    return own, first


def read(rows):
    """Features (T, K) and symbols (T) of a level along the path."""
    height, width = len(rows), len(rows[0])
    place = {c: i for i, c in enumerate(symbols)}
    cells = [[place[c] for c in column] for column in zip(*rows)]
    path = path_of(width, height)
    told = [features(cells, path, t, width, height) for t in range(len(path))]
    targets = [cells[x][y] for x, y in path]
    return torch.tensor([own for own, _ in told]), torch.tensor(targets), height, told[0][1]


def held(name):
    return any(one in name for one in HELD)


train = [read(rows) for name, rows in levels.items() if not held(name)]
test = [read(rows) for name, rows in levels.items() if held(name)]
K, TABLE = train[0][0].shape[1], train[0][3]


class Network(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = nn.EmbeddingBag(TABLE, o.embed, mode="sum")
        nn.init.normal_(self.embedding.weight, std=1 / math.sqrt(K))
        self.lstm = nn.LSTM(o.embed, o.hidden)
        self.linear = nn.Linear(o.hidden, V)
        self.drop = nn.Dropout(o.dropout)

    def forward(self, ids):
        x = self.embedding(ids.flatten(0, 1)).unflatten(0, ids.shape[:2])
        return self.linear(self.drop(self.lstm(self.drop(x))[0]))


model = Network()
optimizer = torch.optim.AdamW(model.parameters(), lr=o.lr, weight_decay=0)
# A level stands in an epoch as often as it has windows.
entries = [i for i, (_, targets, _, _) in enumerate(train) for _ in range(math.ceil(len(targets) / o.window))]


def window(i):
    """Whole lines, some of them; those at both ends are drawn about as often as others."""
    ids, targets, places, _ = train[i]
    lines, most = len(targets) // places, o.window // places
    over = most // 2
    first = int(torch.rand(()).item() * (lines - most + 1 + 2 * over)) - over
    at = max(0, min(lines - most, first)) * places
    return ids[at : at + most * places], targets[at : at + most * places]


def measure():
    model.eval()
    with torch.no_grad():
        sums = [F.cross_entropy(model(ids[:, None])[:, 0], targets, reduction="sum").item() for ids, targets, _, _ in test]
    model.train()
    return sum(sums) / sum(len(targets) for _, targets, _, _ in test)


print(f"{sum(p.numel() for p in model.parameters())} parameters, {len(train)} levels, {len(entries)} windows an epoch")
order, begun = [], time.time()
for step in range(o.steps):
    rows = []
    while len(rows) < o.batch:
        if not order:
            order = [entries[i] for i in torch.randperm(len(entries)).tolist()]
            if rows:
                break  # the last batch of an epoch is smaller
        rows.append(window(order.pop()))
    done = (step - o.warmup) / max(1, o.steps - o.warmup)
    rate = (step + 1) / o.warmup if step < o.warmup else (1 + math.cos(math.pi * done)) / 2
    for group in optimizer.param_groups:
        group["lr"] = o.lr * rate
    ids = torch.stack([ids for ids, _ in rows], 1)
    targets = torch.stack([targets for _, targets in rows], 1)
    loss = F.cross_entropy(model(ids).flatten(0, 1), targets.flatten())
    optimizer.zero_grad()
    loss.backward()
    nn.utils.clip_grad_norm_(model.parameters(), 1)
    optimizer.step()
    if (step + 1) % max(1, o.steps // 15) == 0:
        print(f"{step + 1}: {loss.item():.4f}, held out {measure():.4f} nats, {time.time() - begun:.0f} s", flush=True)
print(f"{measure():.4f} nats a tile held out")


def drawn(count, width, height=14):
    """Levels, one symbol of all of them at a time."""
    model.eval()
    path = path_of(width, height)
    grids = [[[0] * height for _ in range(width)] for _ in range(count)]
    state = None
    with torch.no_grad():
        for t, (x, y) in enumerate(path):
            ids = torch.tensor([features(cells, path, t, width, height)[0] for cells in grids])
            output, state = model.lstm(model.embedding(ids)[None], state)
            chosen = torch.multinomial(model.linear(output[0]).softmax(1), 1)[:, 0].tolist()
            for cells, symbol in zip(grids, chosen):
                cells[x][y] = symbol
    rows = lambda cells: "\n".join("".join(symbols[c] for c in row) for row in zip(*cells))
    return [rows(cells) for cells in grids]


if o.levels > 0:
    o.out.write_text("\n".join(f"; {i}\n{level}\n" for i, level in enumerate(drawn(o.levels, o.columns))))
