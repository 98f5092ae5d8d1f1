"""Makes seq2seq_transformer.safetensors and .json with PyTorch: python3 test/golden/make_seq2seq_transformer.py

Needs torch and safetensors (made with torch 2.13, safetensors 0.8). Encoder-decoders of both styles, with two blocks a
side and sources and targets of several lengths: weights, one batch's gradients, and the losses of ten steps of Adam, in
float64 from float32 weights.
"""

import json
import pathlib
import sys

import torch
from safetensors.torch import save_file
from torch.nn import functional as F

HERE = pathlib.Path(__file__).parent
sys.path.insert(0, str(HERE.parent.parent / "examples" / "pytorch"))
from seq2seq_transformer import Seq2SeqTransformer  # noqa: E402

torch.set_num_threads(1)
torch.use_deterministic_algorithms(True)

SOURCES, TARGETS, LABELS = 9, 7, 3
S, T, B, STEPS = 5, 6, 4, 10
SOURCE_LENGTHS = torch.tensor([3, 5, 1, 4])
LENGTHS = torch.tensor([6, 2, 4, 3])
SIZES = dict(hidden=8, layers=2, heads=2, kvHeads=2, inner=12, context=8, dropout=0, theta=10000)
SIZES |= dict(tied=False, bias=False, shared=False)
VARIANTS = {
    "llama": dict(style="llama", labels=0),
    "groups": dict(style="llama", labels=LABELS, kvHeads=1, theta=100, tied=True),
    "gpt2": dict(style="gpt2", labels=0, tied=True),
    "biases": dict(style="gpt2", labels=LABELS, bias=True),
    "shared": dict(style="llama", labels=0, tied=True, shared=True),
}
LAMBDA, SMOOTHING = 0.7, 0.1

torch.manual_seed(5)
sources = torch.randint(TARGETS, (STEPS, S, B))
inputs = torch.randint(TARGETS, (STEPS, T, B))
targets = torch.randint(TARGETS, (STEPS, T, B))
targets[:, torch.arange(T)[:, None] >= LENGTHS] = -1
labels = torch.randint(LABELS, (STEPS, B))
labels[3, 1] = -1  # one without a label


def losses_of(model, joint, step):
    logits, guess = model(sources[step].T, SOURCE_LENGTHS, inputs[step].T)
    decoder = F.cross_entropy(
        logits.flatten(0, 1),
        targets[step].T.flatten(),
        ignore_index=-1,
        label_smoothing=SMOOTHING if joint else 0,
    )
    if guess is None:
        return decoder, None
    encoder = F.cross_entropy(guess, labels[step], ignore_index=-1, reduction="sum") / B
    return encoder + LAMBDA * decoder, encoder


tensors = dict(sources=sources.int(), inputs=inputs.int(), targets=targets.int(), labels=labels.int())
expected = {}
for name, variant in VARIANTS.items():
    config = SIZES | variant
    joint = config.pop("labels")
    words = TARGETS if config["shared"] else SOURCES
    model = Seq2SeqTransformer(config, words, TARGETS, joint).double()
    for p in model.parameters():  # large enough to have effects, and what float32 can hold
        p.data = (p.data + 0.2 * torch.randn_like(p)).float().double()

    def put(prefix, items):
        for key, t in items:
            tensors[f"{name}.{prefix}.{key}"] = t.detach().float().contiguous().clone()

    put("weights", model.named_parameters())  # a tied weight once
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
    losses, encoders = [], []
    for step in range(STEPS):
        optimizer.zero_grad()
        loss, encoder = losses_of(model, joint > 0, step)
        loss.backward()
        if step == 0:
            put("grads", ((key, p.grad) for key, p in model.named_parameters()))
        optimizer.step()
        losses.append(loss.item())
        encoders.append(encoder.item() if encoder is not None else None)
    put("after", model.named_parameters())
    expected[name] = dict(network=config, sources=words, labels=joint, losses=losses, encoder=encoders)

save_file(tensors, HERE / "seq2seq_transformer.safetensors")
(HERE / "seq2seq_transformer.safetensors").chmod(0o644)
(HERE / "seq2seq_transformer.json").write_text(json.dumps(expected, indent=1) + "\n")
