"""Loads a simdream encoder-decoder into PyTorch and answers greedily, whatever its options.

    python3 seq2seq.py model.safetensors "source"      (needs torch, safetensors; char tokenizers)
"""
import json, sys, torch
from safetensors import safe_open
from torch import nn

with safe_open(sys.argv[1], "pt") as file:
    about = json.loads(file.metadata()["simdream"])
    weights = {name: file.get_tensor(name) for name in file.keys()}
c, text = {**about["config"], **about["network"]}, about["assets"]
E, H, two = c["embed"], c["hidden"], c["bidirectional"]
# What two parts share is in the file once.
weights.setdefault("decoder.embedding.weight", weights["encoder.embedding.weight"])
weights.setdefault("linear.weight", weights["decoder.embedding.weight"])
V, O = weights["linear.weight"].shape

def side(words, hidden, two=False):
    lstm = nn.LSTM(E, hidden, c["layers"], bidirectional=two)
    return nn.ModuleDict({"embedding": nn.Embedding(words, E), "lstm": lstm})

sources = len(weights["encoder.embedding.weight"])
model = nn.ModuleDict({"encoder": side(sources, H // (1 + two), two), "decoder": side(V, H)})
model["linear"] = nn.Linear(O, V)
if c["labels"]:
    model["classifier"] = nn.Linear(H, len(c["labels"]))
if c["attention"] != "none":
    model["attention"] = look = nn.ModuleDict({"combine": nn.Linear(2 * H, O, bias=False)})
    if c["attention"] != "luong-dot":
        look["memory"] = nn.Linear(H, H, bias=False)
    if c["attention"] == "bahdanau":
        look["query"] = nn.Linear(H, H, bias=False)
        look.register_parameter("score", nn.Parameter(torch.empty(H)))
model.load_state_dict(weights)

@torch.no_grad()
def answer(tokens, start, end, most=200):
    memory, state = model["encoder"]["lstm"](model["encoder"]["embedding"](torch.tensor(tokens)))
    if two:  # both directions side by side, a layer at a time
        state = tuple(torch.cat([x[0::2], x[1::2]], -1) for x in state)
    said = [start]
    while said[-1] != end and len(said) <= most:
        read = model["decoder"]["embedding"](torch.tensor(said[-1:]))
        q, state = model["decoder"]["lstm"](read, state)
        if c["attention"] != "none":
            keys = look["memory"](memory) if "memory" in look else memory
            added = c["attention"] == "bahdanau"
            scores = torch.tanh(look["query"](q) + keys) @ look.score if added else keys @ q[0]
            q = torch.tanh(look["combine"](torch.cat([scores.softmax(0)[None] @ memory, q], -1)))
        logits = model["linear"](q)[0]
        logits[[start, end + 1]] = -torch.inf  # the start and the mask are never said
        said.append(int(logits.argmax()))
    return said[1:-1] if said[-1] == end else said[1:]

read, say = text["source"]["characters"], text.get("target", text["source"])["characters"]
tokens = [read.index(x) for x in sys.argv[2]][:: -1 if c["reverseSource"] else 1]
print("".join(say[token] for token in answer(tokens, len(say), len(say) + 1)))
