"""Scores a text with a simdream file in PyTorch: python3 test/golden/check_file.py FILE TEXT

FILE is what `save()` wrote; TEXT is a UTF-8 file. Prints the mean negative log-likelihood of a token
in nats, to hold against `simdream evaluate FILE TEXT` or `model.score(text).nats`. Run by hand; needs
torch and safetensors. The weights are loaded strictly, under the names they have in the file. Models
of a text are scored with the state carried through all of it; models of documents line by line, each
from its start, its end counted.
"""

import json
import sys

import torch
from safetensors import safe_open
from safetensors.torch import load_file
from torch import nn


def encoder(tokenizer):
    """Text to ids; the ids of special tokens follow all others."""
    kind = tokenizer["kind"]
    if kind == "char":
        ids = {c: i for i, c in enumerate(tokenizer["characters"])}
        return lambda text: [ids[c] for c in text], len(ids)
    if kind == "byte":
        return lambda text: list(text.encode()), 256
    raise SystemExit(f"this script encodes char and byte, the file has {kind}")


def main(path, text_path):
    with safe_open(path, "pt") as file:
        about = json.loads(file.metadata()["simdream"])
    config = {**about["config"], **about["network"]}
    encode, classes = encoder(about["assets"]["tokenizer"])
    specials = {name: classes + i for i, name in enumerate(about["assets"]["tokenizer"]["specials"])}

    model = nn.ModuleDict({
        "embedding": nn.Embedding(classes + len(specials), config["embed"]),
        "lstm": nn.LSTM(config["embed"], config["hidden"], num_layers=config["layers"]),
        "linear": nn.Linear(config["hidden"], classes + len(specials)),
    })
    tensors = load_file(path)
    weights = {name: t for name, t in tensors.items() if not name.startswith("training.")}
    model.load_state_dict(weights, strict=True)
    model.double()

    text = open(text_path, encoding="utf-8", newline="").read()
    if config["documents"]:
        rows = [
            [specials["<start>"], *encode(line), specials["<end>"]]
            for line in text.split("\n")
            if line
        ]
    else:
        rows = [encode(text)]
    total, count = 0.0, 0
    with torch.no_grad():
        for row in rows:
            tokens = torch.tensor(row)
            output, _ = model["lstm"](model["embedding"](tokens[:-1]))
            logits = model["linear"](output)
            total += nn.functional.cross_entropy(logits, tokens[1:], reduction="sum").item()
            count += len(row) - 1
    print(f"{total / count:.9f} nats a token over {count} tokens")


if __name__ == "__main__":
    if len(sys.argv) != 3:
        raise SystemExit(__doc__)
    main(*sys.argv[1:])
