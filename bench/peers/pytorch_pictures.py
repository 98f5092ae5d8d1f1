"""Convolutions, VAEs and GANs for pytorch.py."""

import torch
from torch import nn
from torch.nn import functional as F

PIXELS = 28 * 28


def convolution(job):
    side, stride, kernel, batch = job["side"], job["stride"], job["kernel"], job["batch"]
    x = torch.rand(batch, job["inputs"], side, side)
    w = torch.rand(job["outputs"], job["inputs"], kernel, kernel)
    dy = torch.rand(batch, job["outputs"], side // stride, side // stride)
    compute = {
        "forward": lambda: F.conv2d(x, w, None, stride, 1),
        "input": lambda: nn.grad.conv2d_input(x.shape, w, dy, stride, 1),
        "weights": lambda: nn.grad.conv2d_weight(x, w.shape, dy, stride, 1),
    }[job["pass"]]

    def run(repeats):
        with torch.no_grad():
            for _ in range(repeats):
                compute()

    return run


class VAE(nn.Module):
    def __init__(self, job):
        super().__init__()
        latent = job["latent"]
        if job["network"] == "dense":
            width = job["hidden"]
            self.encoder = nn.Sequential(
                nn.Linear(PIXELS, width), nn.Tanh(), nn.Linear(width, width), nn.Tanh()
            )
            self.decoder = nn.Sequential(
                nn.Linear(latent, width), nn.Tanh(), nn.Linear(width, width), nn.Tanh(), nn.Linear(width, PIXELS)
            )
        else:
            channels = job["channels"]
            width = 7 * 7 * 2 * channels
            how = {"kernel_size": 4, "stride": 2, "padding": 1}
            self.encoder = nn.Sequential(
                nn.Unflatten(1, (1, 28, 28)),
                nn.Conv2d(1, channels, **how), nn.ReLU(),
                nn.Conv2d(channels, 2 * channels, **how), nn.ReLU(),
                nn.Flatten(),
            )
            self.decoder = nn.Sequential(
                nn.Linear(latent, width), nn.ReLU(), nn.Unflatten(1, (2 * channels, 7, 7)),
                nn.ConvTranspose2d(2 * channels, channels, **how), nn.ReLU(),
                nn.ConvTranspose2d(channels, 1, **how),
                nn.Flatten(),
            )
        self.mean, self.log_variance = nn.Linear(width, latent), nn.Linear(width, latent)

    def forward(self, x):
        features = self.encoder(x)
        mean, log_variance = self.mean(features), self.log_variance(features)
        z = mean + torch.exp(0.5 * log_variance) * torch.randn_like(mean)
        cross = F.binary_cross_entropy_with_logits(self.decoder(z), x, reduction="sum")
        kl = 0.5 * (log_variance.exp() + mean**2 - 1 - log_variance).sum()
        return (cross + kl) / len(x)


def vae(job):
    net = VAE(job)
    optimizer = torch.optim.Adam(net.parameters(), 1e-3)

    def run(repeats):
        for _ in range(repeats):
            optimizer.zero_grad()
            loss = net(torch.rand(job["batch"], PIXELS))
            loss.backward()
            nn.utils.clip_grad_norm_(net.parameters(), 1.0)
            optimizer.step()
            if not loss.item() < 1000:
                raise ValueError(f"the loss is {loss.item()}")

    return run


def gan(job):
    channels, latent, batch = job["channels"], job["latent"], job["batch"]
    how = {"kernel_size": 4, "stride": 2, "padding": 1}
    generator = nn.Sequential(
        nn.ConvTranspose2d(latent, 2 * channels, 7, bias=False), nn.BatchNorm2d(2 * channels), nn.ReLU(),
        nn.ConvTranspose2d(2 * channels, channels, **how, bias=False), nn.BatchNorm2d(channels), nn.ReLU(),
        nn.ConvTranspose2d(channels, 1, **how), nn.Tanh(),
    )
    discriminator = nn.Sequential(
        nn.Conv2d(1, channels, **how), nn.LeakyReLU(0.2),
        nn.Conv2d(channels, 2 * channels, **how, bias=False), nn.BatchNorm2d(2 * channels), nn.LeakyReLU(0.2),
        nn.Conv2d(2 * channels, 1, 7),
    )
    sides = [generator, discriminator]
    for_generator, for_discriminator = [torch.optim.Adam(side.parameters(), 2e-4, (0.5, 0.999)) for side in sides]

    def run(repeats):
        for _ in range(repeats):
            generated = generator(torch.randn(batch, latent, 1, 1)).detach()
            real = 2 * torch.rand(batch, 1, 28, 28) - 1
            loss = F.softplus(-discriminator(real)).mean() + F.softplus(discriminator(generated)).mean()
            for_discriminator.zero_grad()
            loss.backward()
            for_discriminator.step()
            fooled = F.softplus(-discriminator(generator(torch.randn(batch, latent, 1, 1)))).mean()
            for_generator.zero_grad()
            fooled.backward()
            for_generator.step()
            if not loss.item() + fooled.item() < 200:
                raise ValueError(f"the losses are {loss.item()} and {fooled.item()}")

    return run
