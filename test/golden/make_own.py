"""Makes own.safetensors: what torch.nn.GRU says of a few series, and its weights before and after a step of plain gradient
descent with a learning rate of 1, so that their difference is the gradient. For the example examples/nn/gru-model.mjs.

With torch and safetensors: python3 make_own.py
"""

import os

import torch
from safetensors.torch import save_file

HERE = os.path.dirname(os.path.abspath(__file__))
HIDDEN, WINDOW, ROWS = 5, 7, 3

torch.set_num_threads(1)
torch.manual_seed(1)


class Forecaster(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.gru = torch.nn.GRU(1, HIDDEN)
        self.out = torch.nn.Linear(HIDDEN, 1)

    def forward(self, x):
        return self.out(self.gru(x)[0])


model = Forecaster()
series = torch.randn(WINDOW + ROWS)
# (T + 1, B, 1): window b begins at b
windows = torch.stack([series[b : b + WINDOW + 1] for b in range(ROWS)], 1)[..., None]
before = {f"before.{name}": value.detach().clone() for name, value in model.state_dict().items()}
said = model(windows[:-1])
loss = ((said - windows[1:]) ** 2).mean()
loss.backward()
with torch.no_grad():
    for parameter in model.parameters():
        parameter -= parameter.grad
after = {f"after.{name}": value.detach().clone() for name, value in model.state_dict().items()}
save_file(
    {**before, **after, "series": series, "said": said[..., 0].detach().contiguous(), "loss": loss.detach().reshape(1)},
    os.path.join(HERE, "own.safetensors"),
)
