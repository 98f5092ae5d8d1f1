"""Loads a simdream encoder-decoder into PyTorch and answers a source with it, greedily.

    python3 seq2seq.py model.safetensors "source"

Needs torch and safetensors; the model needs char tokenizers. All its options are understood.
"""

import json
import sys

import torch
from safetensors import safe_open
from safetensors.torch import load_file
from torch import nn


class Side(nn.Module):
    def __init__(self, vocab, embed, hidden, layers, bidirectional=False):
        super().__init__()
        self.embedding = nn.Embedding(vocab, embed)
        self.lstm = nn.LSTM(embed, hidden, layers, bidirectional=bidirectional)

    def forward(self, tokens, state=None):
        return self.lstm(self.embedding(tokens), state)


class Attention(nn.Module):
    def __init__(self, kind, hidden, outputs):
        super().__init__()
        dot = kind == "luong-dot"
        self.memory = nn.Identity() if dot else nn.Linear(hidden, hidden, bias=False)
        if kind == "bahdanau":
            self.query = nn.Linear(hidden, hidden, bias=False)
            self.score = nn.Parameter(torch.empty(hidden))
        self.combine = nn.Linear(2 * hidden, outputs, bias=False)
        self.additive = kind == "bahdanau"

    def forward(self, query, memory):  # (1, H), (S, H)
        keys = self.memory(memory)
        if self.additive:
            scores = torch.tanh(self.query(query) + keys) @ self.score
        else:
            scores = keys @ query[0]
        context = scores.softmax(0)[None] @ memory
        return torch.tanh(self.combine(torch.cat([context, query], -1)))


class Seq2Seq(nn.Module):
    def __init__(self, sources, targets, c):
        super().__init__()
        embed, hidden, layers, two = c["embed"], c["hidden"], c["layers"], c["bidirectional"]
        outputs = embed if c["tied"] else hidden
        self.encoder = Side(sources, embed, hidden // 2 if two else hidden, layers, two)
        self.decoder = Side(targets, embed, hidden, layers)
        if c["attention"] != "none":
            self.attention = Attention(c["attention"], hidden, outputs)
        self.linear = nn.Linear(outputs, targets)
        if c["labels"]:
            self.classifier = nn.Linear(hidden, len(c["labels"]))

    @torch.no_grad()
    def greedy(self, source, start, end, banned, most=200):  # tokens of one source
        memory, state = self.encoder(source)
        if self.encoder.lstm.bidirectional:  # both directions side by side, a layer at a time
            state = tuple(torch.cat([x[0::2], x[1::2]], -1) for x in state)
        said = [start]
        while said[-1] != end and len(said) <= most:
            output, state = self.decoder(torch.tensor(said[-1:]), state)
            if hasattr(self, "attention"):
                output = self.attention(output, memory)
            logits = self.linear(output)[0]
            logits[banned] = -torch.inf
            said.append(int(logits.argmax()))
        return [token for token in said if token not in (start, end)]


path, source = sys.argv[1:3]
with safe_open(path, "pt") as file:
    about = json.loads(file.metadata()["simdream"])
config, tokenizers = about["config"], about["tokenizer"]
weights = load_file(path)  # what two parts share is in the file once
weights.setdefault("decoder.embedding.weight", weights["encoder.embedding.weight"])
weights.setdefault("linear.weight", weights["decoder.embedding.weight"])
sources, targets = len(weights["encoder.embedding.weight"]), len(weights["linear.weight"])
model = Seq2Seq(sources, targets, config)
model.load_state_dict(weights)

read = tokenizers["source"]["characters"]
say = tokenizers.get("target", tokenizers["source"])  # absent where the sides share one
special = {name: len(say["characters"]) + i for i, name in enumerate(say["specials"])}
start, end, mask = (special[name] for name in ("<start>", "<end>", "<mask>"))
tokens = [read.index(c) for c in source][:: -1 if config["reverseSource"] else 1]
said = model.greedy(torch.tensor(tokens), start, end, [start, mask])
print("".join(say["characters"][token] for token in said))
