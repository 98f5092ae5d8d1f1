"""What scripts beside this file share: draws, and the Transformer that reads captions, with names as simdream's."""

import math
import pathlib
import sys

import torch
from torch import nn

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent.parent / "examples" / "pytorch"))
from seq2seq_transformer import Stack  # noqa: E402

MASK = 0xFFFFFFFF


def mulberry32(seed):
    state = seed
    while True:
        state = (state + 0x6D2B79F5) & MASK
        t = ((state ^ (state >> 15)) * (state | 1)) & MASK
        t ^= (t + ((t ^ (t >> 7)) * (t | 61) & MASK)) & MASK
        yield (t ^ (t >> 14)) / 2**32


class Text(Stack):
    """A Transformer as that of pairs, whose places see all others."""

    def __init__(self, outputs, tokens, width, layers, heads, context, **_):
        c = dict(hidden=width, layers=layers, heads=heads, kvHeads=heads, inner=8 * math.ceil(width / 3))
        super().__init__(c | dict(style="llama", bias=False, dropout=0, theta=10000), tokens + 1, False)
        for p in self.parameters():  # large enough to have effects
            p.data += 0.3 * torch.randn_like(p)
        self.mean = nn.Linear(width, outputs)

    def forward(self, ids):
        """(N, T), -1 after the end; gives what is read and which places count."""
        begin = torch.full((len(ids), 1), self.embedding.num_embeddings - 1)
        mask = torch.cat([torch.ones_like(begin, dtype=torch.bool), ids >= 0], 1)
        ids = torch.cat([begin, ids.clamp(min=0)], 1)
        return super().forward(ids, mask[:, None, None]), mask

    def said(self, x, mask):
        return self.mean((x * mask[:, :, None]).sum(1) / mask.sum(1, keepdim=True))
