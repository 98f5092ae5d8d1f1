"""Makes adversary.safetensors beside this file with PyTorch: python3 test/golden/make_adversary.py

An autoencoder of dense layers whose encoder works against a head that guesses a label from the latent vector, through a layer
that turns the gradient round (Ganin et al. 2016), with examples that do not all count the same: weights, and the gradient of
every one. Needs torch and safetensors (made with torch 2.13); computed in float64 from float32 weights, stored as float32.
"""

import json
import pathlib

import torch
from safetensors.torch import save_file
from torch import nn
from torch.nn import functional as F

HERE = pathlib.Path(__file__).parent
ROWS, INPUTS, HIDDEN, LATENT, HEAD, CLASSES, FACTOR = 7, 5, 6, 3, 4, 3, 0.7
torch.set_num_threads(1)
torch.manual_seed(3)


class Reverse(torch.autograd.Function):
    @staticmethod
    def forward(_, x):
        return x.view_as(x)

    @staticmethod
    def backward(_, grad):
        return -FACTOR * grad


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
    error = (model.decoder(z) - x).square().sum(1)
    guesses = F.cross_entropy(model.adversary(Reverse.apply(z)), guessed, reduction="none")
    reconstruction, adversary = [(weights.double() * one).sum() / ROWS for one in (error, guesses)]
    (reconstruction + adversary).backward()
    for name, one in model.named_parameters():
        tensors[f"gradients.{name}"] = one.grad.float()
    golden = {
        **{"values": values.flatten().tolist(), "guessed": guessed.tolist(), "weights": weights.tolist()},
        **{"factor": FACTOR, "reconstruction": reconstruction.item(), "adversary": adversary.item()},
    }
    tensors = {name: one.contiguous() for name, one in tensors.items()}
    save_file(tensors, HERE / "adversary.safetensors", {"golden": json.dumps(golden)})


main()
