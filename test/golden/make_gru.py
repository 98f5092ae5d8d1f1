"""Makes the GRU's golden fixtures with PyTorch: python3 test/golden/make_gru.py

Needs torch and safetensors (made with torch 2.13, safetensors 0.8). The tests read the files only.
Same torch, same files: fixed seeds, one thread, float64 from float32 weights.

    gru.safetensors  weights, batches, gradients, weights after ten steps
    gru.json         losses and norms
"""

import copy
import json
import pathlib

import torch
from safetensors.torch import save_file
from torch import nn
from torch.nn.utils import clip_grad_norm_

HERE = pathlib.Path(__file__).parent
torch.set_num_threads(1)
torch.use_deterministic_algorithms(True)

V, E, H, LAYERS, T, B, STEPS = 11, 7, 13, 2, 9, 5, 10


class LanguageModel(nn.Module):
    """Names, and order of names, as simdream's."""

    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(V, E)
        self.gru = nn.GRU(E, H, num_layers=LAYERS)
        self.linear = nn.Linear(H, V)

    def forward(self, tokens, state=None):
        output, state = self.gru(self.embedding(tokens), state)
        return self.linear(output), state


def named(prefix, tensors):
    return {f"{prefix}.{name}": t.detach().float().contiguous() for name, t in tensors}


torch.manual_seed(1)
start = LanguageModel().double()
for p in start.parameters():  # what float32 can hold
    p.data = p.data.float().double()
inputs = torch.randint(V, (STEPS, T, B))
targets = torch.randint(V, (STEPS, T, B))
targets[0, 6:, 2] = -1  # a row that is shorter


def loss_of(model, step, state=None):
    logits, state = model(inputs[step], state)
    loss = nn.functional.cross_entropy(logits.reshape(-1, V), targets[step].reshape(-1), ignore_index=-1)
    return loss, state


model = copy.deepcopy(start)
loss, state = loss_of(model, 0)
loss.backward()
tensors = named("weights", start.named_parameters())
tensors |= named("grads", ((n, p.grad) for n, p in model.named_parameters()))
tensors |= {"inputs": inputs.int(), "targets": targets.int(), "state": state.detach().float()}
carried, _ = loss_of(model, 1, state.detach())
expected = {"carried": carried.item(), "losses": [], "norms": []}

model = copy.deepcopy(start)
vectors = [p for p in model.parameters() if p.ndim < 2] + [model.embedding.weight]
matrices = [p for p in model.parameters() if all(p is not v for v in vectors)]
groups = [{"params": matrices, "weight_decay": 0.5}, {"params": vectors, "weight_decay": 0}]
optimizer = torch.optim.AdamW(groups, lr=1e-2)
for step in range(STEPS):
    optimizer.zero_grad()
    loss, _ = loss_of(model, step)
    loss.backward()
    expected["norms"].append(clip_grad_norm_(model.parameters(), 0.13).item())
    optimizer.step()
    expected["losses"].append(loss.item())
tensors |= named("trained", model.named_parameters())
save_file(tensors, HERE / "gru.safetensors")
(HERE / "gru.json").write_text(json.dumps(expected, indent=2) + "\n")
