"""Loads a simdream language model into PyTorch and continues a prompt with it.

    python3 load.py model.safetensors "prompt"

Needs torch and safetensors; the model needs a char tokenizer.
"""

import json
import sys

import torch
from safetensors import safe_open
from safetensors.torch import load_file


class LanguageModel(torch.nn.Module):
    def __init__(self, vocab, embed, hidden, layers):
        super().__init__()
        self.embedding = torch.nn.Embedding(vocab, embed)
        self.lstm = torch.nn.LSTM(embed, hidden, layers)
        self.linear = torch.nn.Linear(hidden, vocab)

    def forward(self, tokens, state=None):
        output, state = self.lstm(self.embedding(tokens), state)
        return self.linear(output), state


path, prompt = sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else "\n"
with safe_open(path, "pt") as file:
    about = json.loads(file.metadata()["simdream"])
weights = load_file(path)
config = {**about["config"], **about["network"]}
model = LanguageModel(
    len(weights["linear.bias"]), config["embed"], config["hidden"], config["layers"]
)
model.load_state_dict(weights)

characters = about["assets"]["tokenizer"]["characters"]
specials = about["assets"]["tokenizer"]["specials"]
start = [len(characters) + specials.index("<start>")] if config["documents"] else []
tokens = torch.tensor([start + [characters.index(c) for c in prompt]]).T
state, text = None, prompt
with torch.no_grad():
    for _ in range(200):
        logits, state = model(tokens, state)
        token = torch.distributions.Categorical(logits=logits[-1, 0] / 0.8).sample()
        if token >= len(characters):
            break
        text += characters[token]
        tokens = token.view(1, 1)
print(text)
