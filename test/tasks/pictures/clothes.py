"""The recipe of clothes.mjs in PyTorch: a convolutional VAE on Fashion-MNIST.

    python clothes.py <folder of Fashion-MNIST> [--epochs 10] [--seed 0] [--threads 1]

4×4 convolutions of stride 2 with 32 and 64 channels, 16 latents, Bernoulli pixels (grey as probabilities), Adam 1e-3,
batches of 128. Prints the ELBO of the test pictures in nats a picture after each epoch.
"""

import argparse
import time

import torch
from idx import pictures
from torch import nn
from torch.nn import functional as F

parser = argparse.ArgumentParser()
parser.add_argument("folder")
parser.add_argument("--epochs", type=int, default=10)
parser.add_argument("--seed", type=int, default=0)
parser.add_argument("--threads", type=int, default=1)
options = parser.parse_args()
torch.set_num_threads(options.threads)
torch.manual_seed(options.seed)

train, test = (
    torch.from_numpy(pictures(options.folder, part)[:, None].copy()).float() / 255 for part in ("train", "t10k")
)


class VAE(nn.Module):
    def __init__(self, latent=16):
        super().__init__()
        self.encoder = nn.Sequential(
            nn.Conv2d(1, 32, 4, 2, 1), nn.ReLU(), nn.Conv2d(32, 64, 4, 2, 1), nn.ReLU(), nn.Flatten()
        )
        self.posterior = nn.Linear(64 * 7 * 7, 2 * latent)
        self.decoder = nn.Sequential(
            nn.Linear(latent, 64 * 7 * 7),
            nn.ReLU(),
            nn.Unflatten(1, (64, 7, 7)),
            nn.ConvTranspose2d(64, 32, 4, 2, 1),
            nn.ReLU(),
            nn.ConvTranspose2d(32, 1, 4, 2, 1),
        )

    def loss(self, x):
        """-ELBO, summed over the pictures, with one sample each."""
        mean, log_variance = self.posterior(self.encoder(x)).chunk(2, -1)
        z = mean + (log_variance / 2).exp() * torch.randn_like(mean)
        pixels = F.binary_cross_entropy_with_logits(self.decoder(z), x, reduction="sum")
        return pixels, 0.5 * (mean**2 + log_variance.exp() - 1 - log_variance).sum()


model = VAE()
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
started = time.time()
for epoch in range(1, options.epochs + 1):
    for rows in torch.randperm(len(train)).split(128):
        loss = sum(model.loss(train[rows])) / len(rows)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    with torch.no_grad():
        parts = [torch.stack(model.loss(x)) for x in test.split(1000)]
    pixels, kl = (torch.stack(parts).sum(0) / len(test)).tolist()
    minutes = (time.time() - started) / 60
    print(
        f"epoch {epoch}: test ELBO {-(pixels + kl):.2f} (pixels {pixels:.2f}, KL {kl:.2f}), {minutes:.1f} minutes",
        flush=True,
    )
