"""The recipe of digits.mjs in PyTorch: a dense VAE 784-200-200-50 with tanh on MNIST binarised anew each epoch.

    python digits.py <folder of MNIST> [--epochs 250] [--seed 0] [--samples 5000] [--limit 300] [--odds]

Prints the importance-weighted negative log-likelihood (Burda et al. 2016) of the first test digits after
25, 50, 75, 100 … epochs. With --odds the last bias starts at the log-odds of the mean digit, as Burda et al. do: about 0.6
nats less.
"""

import argparse
import math
import time

import torch
from idx import pictures
from torch import nn
from torch.nn import functional as F

parser = argparse.ArgumentParser()
parser.add_argument("folder")
parser.add_argument("--epochs", type=int, default=250)
parser.add_argument("--seed", type=int, default=0)
parser.add_argument("--samples", type=int, default=5000)
parser.add_argument("--limit", type=int, default=300)
parser.add_argument("--threads", type=int, default=1)
parser.add_argument("--odds", action="store_true")
options = parser.parse_args()
torch.set_num_threads(options.threads)
torch.manual_seed(options.seed)

train = torch.from_numpy(pictures(options.folder, "train").reshape(-1, 784).copy()).float() / 255
test = torch.from_numpy(pictures(options.folder, "t10k")[: options.limit].reshape(-1, 784).copy())
test = torch.bernoulli(test.float() / 255, generator=torch.Generator().manual_seed(1))


class VAE(nn.Module):
    def __init__(self, pixels=784, hidden=200, latent=50):
        super().__init__()
        self.encoder = nn.Sequential(
            nn.Linear(pixels, hidden), nn.Tanh(), nn.Linear(hidden, hidden), nn.Tanh()
        )
        self.posterior = nn.Linear(hidden, 2 * latent)
        self.decoder = nn.Sequential(
            nn.Linear(latent, hidden), nn.Tanh(), nn.Linear(hidden, hidden), nn.Tanh(), nn.Linear(hidden, pixels)
        )

    def encode(self, x):
        return self.posterior(self.encoder(x)).chunk(2, -1)


def elbo_loss(model, x):
    """Nats a picture, negative."""
    mean, log_variance = model.encode(x)
    z = mean + (log_variance / 2).exp() * torch.randn_like(mean)
    pixels = F.binary_cross_entropy_with_logits(model.decoder(z), x, reduction="sum")
    kl = 0.5 * (mean**2 + log_variance.exp() - 1 - log_variance).sum()
    return (pixels + kl) / len(x)


@torch.no_grad()
def nll(model, pictures, samples, piece=1000):
    """-log p(x) by importance sampling, mean over the pictures, in nats."""
    total = 0.0
    noise = torch.Generator().manual_seed(2)
    for x in pictures:
        mean, log_variance = model.encode(x[None])
        weights = []
        for first in range(0, samples, piece):
            count = min(piece, samples - first)
            e = torch.randn(count, mean.shape[1], generator=noise)
            z = mean + (log_variance / 2).exp() * e
            pixels = -F.binary_cross_entropy_with_logits(
                model.decoder(z), x.expand(count, -1), reduction="none"
            ).sum(1)
            weights.append(pixels - 0.5 * (z**2).sum(1) + 0.5 * (e**2 + log_variance).sum(1))
        total -= torch.logsumexp(torch.cat(weights).double(), 0).item() - math.log(samples)
    return total / len(pictures)


model = VAE()
if options.odds:
    mean = train.mean(0).clamp(1e-3, 1 - 1e-3)
    model.decoder[-1].bias.data = (mean / (1 - mean)).log()
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
started = time.time()
for epoch in range(1, options.epochs + 1):
    for group in optimizer.param_groups:
        group["lr"] = 1e-3 if epoch <= 120 else 3e-4 if epoch <= 200 else 1e-4
    losses = []
    binary = torch.bernoulli(train)
    for rows in torch.randperm(len(train)).split(100):
        loss = elbo_loss(model, binary[rows])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    minutes = (time.time() - started) / 60
    told = f"epoch {epoch}: loss {sum(losses) / len(losses):.2f}, {minutes:.1f} minutes"
    if epoch % 25 == 0 or epoch == options.epochs:
        told += f", NLL {nll(model, test, options.samples):.2f}"
    print(told, flush=True)
