"""Makes LoRA's golden fixture with PyTorch: python3 test/golden/make_lora.py

Needs torch and safetensors (made with torch 2.13, safetensors 0.8). The tests read the file only.
Same torch, same file: fixed seeds, one thread, float64 from float32 weights.

    lora.safetensors  weights and adapter of an LSTM of two layers, a batch, the adapter's gradients, its numbers after
                      five steps of AdamW; losses in the metadata
"""

import json
import pathlib

import torch
from safetensors.torch import save_file
from torch import nn
from torch.func import functional_call
from torch.nn.utils import clip_grad_norm_

HERE = pathlib.Path(__file__).parent
torch.set_num_threads(1)
torch.use_deterministic_algorithms(True)

V, E, H, LAYERS, T, B, STEPS = 11, 7, 13, 2, 9, 5, 5
RANK, ALPHA = 3, 5
TARGETS = [f"lstm.weight_{part}_l{i}" for i in range(LAYERS) for part in ("ih", "hh")] + ["linear.weight"]


class LanguageModel(nn.Module):
    """Names, and order of names, as simdream's."""

    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(V, E)
        self.lstm = nn.LSTM(E, H, num_layers=LAYERS)
        self.linear = nn.Linear(H, V)

    def forward(self, tokens):
        return self.linear(self.lstm(self.embedding(tokens))[0])


def pair(name):
    """PEFT's names."""
    place = f"base_model.model.{name.removesuffix('.weight')}"
    return f"{place}.lora_A.weight", f"{place}.lora_B.weight"


torch.manual_seed(1)
model = LanguageModel().double()
for p in model.parameters():  # what float32 can hold
    p.data = p.data.float().double()
    p.requires_grad = False
base = dict(model.named_parameters())
adapter = {}
for name in TARGETS:
    outputs, inputs = base[name].shape
    a, b = pair(name)
    adapter[a] = (torch.randn(RANK, inputs) / 4).double().requires_grad_()
    adapter[b] = (torch.randn(outputs, RANK) / 4).double().requires_grad_()
inputs = torch.randint(V, (T, B))
targets = torch.randint(V, (T, B))


def loss_of():
    adapted = dict(base)
    for name in TARGETS:
        a, b = (adapter[n] for n in pair(name))
        adapted[name] = base[name] + ALPHA / RANK * (b @ a)
    logits = functional_call(model, adapted, (inputs,))
    return nn.functional.cross_entropy(logits.reshape(-1, V), targets.reshape(-1))


def named(prefix, tensors):
    return {f"{prefix}.{name}": t.detach().float().contiguous() for name, t in tensors}


tensors = named("weights", base.items()) | named("adapter", adapter.items())
tensors |= {"inputs": inputs.int(), "targets": targets.int()}
losses = []
optimizer = torch.optim.AdamW(adapter.values(), lr=1e-2, weight_decay=0.5)
for step in range(STEPS):
    optimizer.zero_grad()
    loss = loss_of()
    loss.backward()
    if step == 0:
        tensors |= named("grads", ((n, p.grad) for n, p in adapter.items()))
    clip_grad_norm_(adapter.values(), 0.5)
    optimizer.step()
    losses.append(loss.item())
tensors |= named("trained", adapter.items())
save_file(tensors, HERE / "lora.safetensors", {"losses": json.dumps(losses)})
