"""Makes adversary.safetensors beside this file with PyTorch: python3 test/golden/make_adversary.py

An autoencoder of dense layers whose encoder works against a head that guesses a label from the latent vector, with examples that
do not all count the same: weights, and the gradient of every one in the phase that trains it. The head's is the cross-entropy, the rest's the
error and KL(shares || guesses), as Tzeng et al. (2015) have it, of latent numbers with mean 0 and deviation 1. Needs torch and safetensors (made with torch 2.13); computed in float64 from float32 weights, stored as float32.
"""

import json
import pathlib

import torch
from safetensors.torch import save_file
from torch import nn
from torch.nn import functional as F

HERE = pathlib.Path(__file__).parent
ROWS, INPUTS, HIDDEN, LATENT, HEAD, CLASSES, FACTOR = 7, 5, 6, 3, 4, 3, 0.7
SHARES = [0.5, 0.3, 0.2]
torch.set_num_threads(1)
torch.manual_seed(3)


class Dense(nn.Module):
    def __init__(self, inputs, outputs, last):
        super().__init__()
        self.layers = nn.ModuleList([nn.Linear(inputs, HIDDEN)])
        setattr(self, last, nn.Linear(HIDDEN, outputs))
        self.last = last

    def forward(self, x):
        return getattr(self, self.last)(torch.tanh(self.layers[0](x)))


class Head(nn.Module):
    def __init__(self):
        super().__init__()
        self.hidden = nn.Linear(LATENT, HEAD)
        self.output = nn.Linear(HEAD, CLASSES)

    def forward(self, z):
        return self.output(torch.relu(self.hidden(z)))


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder = Dense(INPUTS, LATENT, "latent")
        self.decoder = Dense(LATENT, INPUTS, "output")
        self.adversary = Head()


def main():
    model = Model()
    values = torch.randn(ROWS, INPUTS)
    guessed = torch.tensor([i % CLASSES for i in range(ROWS)])
    weights = torch.tensor([0, 0.5, 1, 1.5, 2, 0.25, 1.75])
    tensors = {f"weights.{name}": one.detach().clone() for name, one in model.named_parameters()}
    model = model.double()
    x = values.double()
    z = model.encoder(x)
    mean, deviation = z.mean(0), (z.var(0, unbiased=False) + 1e-4).sqrt()
    seen = (z - mean.detach()) / deviation.detach()
    counts = weights.double()
    guesses = F.cross_entropy(model.adversary(seen.detach()), guessed, reduction="none")
    head = (counts * guesses).sum() / ROWS
    head.backward()
    for name, one in model.adversary.named_parameters():
        tensors[f"gradients.adversary.{name}"] = one.grad.float()
    model.adversary.requires_grad_(False)
    error = (model.decoder(z) - x).square().sum(1)
    shares = torch.tensor(SHARES, dtype=torch.float64)
    likely = F.log_softmax(model.adversary(seen), 1)
    confusion = (shares * (shares.log() - likely)).sum(1)
    reconstruction, adversary = [(counts * one).sum() / ROWS for one in (error, confusion)]
    (reconstruction + FACTOR * adversary).backward()
    for part in ("encoder", "decoder"):
        for name, one in getattr(model, part).named_parameters():
            tensors[f"gradients.{part}.{name}"] = one.grad.float()
    golden = {
        **{"values": values.flatten().tolist(), "guessed": guessed.tolist(), "weights": weights.tolist()},
        **{"shares": SHARES, "factor": FACTOR, "head": head.item()},
        **{"reconstruction": reconstruction.item(), "adversary": adversary.item()},
    }
    tensors = {name: one.contiguous() for name, one in tensors.items()}
    save_file(tensors, HERE / "adversary.safetensors", {"golden": json.dumps(golden)})


main()
