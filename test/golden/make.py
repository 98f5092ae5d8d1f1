"""Makes the golden fixtures beside this file with PyTorch: python3 test/golden/make.py

Needs torch and safetensors (made with torch 2.13, safetensors 0.8). The tests read the files only.
Same torch, same files: fixed seeds, one thread. References are computed in float64 from float32
weights, so that what differs from ours is ours; `trained.safetensors` is plain float32.

    language.safetensors       a language model: weights, batches, gradients, optimizers' results
    bidirectional.safetensors  a packed bidirectional LSTM with initial states, and its gradients
    trained.safetensors        a trained model as PyTorch writes it, nothing added
    expected.json              losses, norms, schedules, statistics, likelihoods
"""

import copy
import json
import pathlib

import torch
from safetensors.torch import save_file
from torch import nn
from torch.nn.utils import clip_grad_norm_
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence
from torch.optim import lr_scheduler

HERE = pathlib.Path(__file__).parent
torch.set_num_threads(1)
torch.use_deterministic_algorithms(True)


class LanguageModel(nn.Module):
    """Names, and order of names, as simdream's."""

    def __init__(self, classes, embed, hidden, layers):
        super().__init__()
        self.embedding = nn.Embedding(classes, embed)
        self.lstm = nn.LSTM(embed, hidden, num_layers=layers)
        self.linear = nn.Linear(hidden, classes)

    def forward(self, tokens, state=None):
        output, state = self.lstm(self.embedding(tokens), state)
        return self.linear(output), state


def named(prefix, tensors):
    return {f"{prefix}.{name}": t.detach().float().contiguous() for name, t in tensors}


# --- a language model's loss, gradients and ten steps of each optimizer ------------------------

V, E, H, T, B, STEPS = 11, 7, 13, 9, 5, 10


def language():
    torch.manual_seed(1)
    start = LanguageModel(V, E, H, 2).double()
    for p in start.parameters():  # what float32 can hold
        p.data = p.data.float().double()
    inputs = torch.randint(V, (STEPS, T, B))
    targets = torch.randint(V, (STEPS, T, B))
    targets[0, 6:, 2] = -1  # a row that is shorter

    def loss_of(model, step):
        logits, _ = model(inputs[step])
        return nn.functional.cross_entropy(
            logits.reshape(-1, V), targets[step].reshape(-1), ignore_index=-1
        )

    model = copy.deepcopy(start)
    loss = loss_of(model, 0)
    loss.backward()
    tensors = named("weights", start.named_parameters())
    tensors |= named("grads", ((n, p.grad) for n, p in model.named_parameters()))
    tensors["inputs"] = inputs.int()
    tensors["targets"] = targets.int()
    expected = {"loss": loss.item(), "optimizers": {}}

    makers = {
        "adam": (lambda p: torch.optim.Adam(p, lr=1e-2), 0),
        "adam_l2": (lambda p: torch.optim.Adam(p, lr=1e-2, betas=(0.8, 0.95), weight_decay=0.1), 0),
        "adamw": (lambda p: torch.optim.AdamW(p, lr=1e-2, weight_decay=0.5), 0.13),
        "sgd": (
            lambda p: torch.optim.SGD(p, lr=0.2, momentum=0.9, nesterov=True, weight_decay=0.01),
            0.13,
        ),
        "sgd_plain": (lambda p: torch.optim.SGD(p, lr=0.5), 0),
        "sgd_momentum": (lambda p: torch.optim.SGD(p, lr=0.1, momentum=0.7), 0),
    }
    for name, (make, clip) in makers.items():
        model = copy.deepcopy(start)
        optimizer = make(list(model.parameters()))
        losses, norms = [], []
        for step in range(STEPS):
            optimizer.zero_grad()
            loss = loss_of(model, step)
            loss.backward()
            norms.append(clip_grad_norm_(model.parameters(), clip or torch.inf).item())
            optimizer.step()
            losses.append(loss.item())
        expected["optimizers"][name] = {"losses": losses, "norms": norms}
        tensors |= named(name, model.named_parameters())
    save_file(tensors, HERE / "language.safetensors")
    return expected


# --- a bidirectional LSTM over rows of different lengths ----------------------------------------


def bidirectional():
    torch.manual_seed(2)
    steps, rows, inputs, hidden, layers = 8, 5, 6, 9, 2
    lengths = torch.tensor([5, 8, 1, 7, 3])
    lstm = nn.LSTM(inputs, hidden, num_layers=layers, bidirectional=True).double()
    for p in lstm.parameters():
        p.data = p.data.float().double()

    def leaf(*shape):
        return torch.randn(*shape).double().requires_grad_()

    x = leaf(steps, rows, inputs)
    h0, c0 = leaf(2 * layers, rows, hidden), leaf(2 * layers, rows, hidden)
    packed = pack_padded_sequence(x, lengths, enforce_sorted=False)
    packed_output, (hn, cn) = lstm(packed, (h0, c0))
    output, _ = pad_packed_sequence(packed_output, total_length=steps)
    valid = (torch.arange(steps)[:, None] < lengths)[:, :, None]
    # A loss that meets every valid output and both final states with weights of its own.
    ry = (torch.randn(steps, rows, 2 * hidden) * valid).float().double()
    rh, rc = torch.randn_like(hn).float().double(), torch.randn_like(cn).float().double()
    loss = (output * ry).sum() + (hn * rh).sum() + (cn * rc).sum()
    loss.backward()
    tensors = named("weights", lstm.named_parameters())
    tensors |= named("grads", ((n, p.grad) for n, p in lstm.named_parameters()))
    tensors |= named(
        "values",
        {"x": x, "h0": h0, "c0": c0, "output": output, "hn": hn, "cn": cn,
         "ry": ry, "rh": rh, "rc": rc, "dx": x.grad, "dh0": h0.grad, "dc0": c0.grad}.items(),
    )
    tensors["lengths"] = lengths.int()
    save_file(tensors, HERE / "bidirectional.safetensors")
    return {"loss": loss.item()}


# --- learning rates -----------------------------------------------------------------------------


def schedules():
    total, base = 40, 1.0

    def rates(make, steps=total + 3, losses=None):
        optimizer = torch.optim.SGD([nn.Parameter(torch.zeros(1))], lr=base)
        schedule = make(optimizer)
        seen = []
        for step in range(steps):
            seen.append(optimizer.param_groups[0]["lr"])
            optimizer.step()
            schedule.step() if losses is None else schedule.step(losses[step])
        return seen

    def warm(optimizer):
        first = lr_scheduler.LinearLR(optimizer, 1 / 8, 1.0, total_iters=7)
        then = lr_scheduler.CosineAnnealingLR(optimizer, total - 8, eta_min=0.05)
        return lr_scheduler.SequentialLR(optimizer, [first, then], milestones=[8])

    losses = [5, 4, 4.5, 4.4, 4.3, 3, 3, 3, 3, 3, 3, 2.9, 3, 3, 3, 3, 3, 3, 3, 3]
    return {
        "total": total,
        "linear": rates(lambda o: lr_scheduler.LinearLR(o, 1.0, 0.1, total_iters=total)),
        # Behind its end torch's cosine rises again; ours stays down.
        "cosine": rates(lambda o: lr_scheduler.CosineAnnealingLR(o, total, eta_min=0.1), total + 1),
        "step": rates(lambda o: lr_scheduler.StepLR(o, 7, gamma=0.3)),
        "warmup_cosine": rates(warm, total),
        "plateau": rates(
            # torch waits for more than `patience` bad ones, we for that many.
            lambda o: lr_scheduler.ReduceLROnPlateau(
                o, factor=0.5, patience=2, threshold=0, min_lr=0.1
            ),
            len(losses),
            losses,
        ),
        "plateau_losses": losses,
    }


# --- initial values -----------------------------------------------------------------------------


def initialisation():
    torch.manual_seed(3)

    def statistics(module):
        return {
            name: {
                "shape": list(p.shape),
                "min": p.min().item(),
                "max": p.max().item(),
                "mean": p.mean().item(),
                "variance": p.var().item(),
            }
            for name, p in module.named_parameters()
        }

    return {
        "linear": statistics(nn.Linear(50, 400)),
        "lstm": statistics(nn.LSTM(40, 64, num_layers=2, bidirectional=True)),
        "embedding": statistics(nn.Embedding(300, 80)),
    }


# --- a trained model ----------------------------------------------------------------------------

TEXT = (
    "the cat sat on the mat. the rat sat on the hat.\n"
    "the hen met the cat, the cat met the rat.\n今天下雨，明天天晴。\n"
) * 2


def trained():
    torch.manual_seed(4)
    characters = sorted(set(TEXT))
    ids = {c: i for i, c in enumerate(characters)}
    tokens = torch.tensor([ids[c] for c in TEXT])
    model = LanguageModel(len(characters), 10, 16, 2)
    optimizer = torch.optim.AdamW(model.parameters(), lr=2e-2)
    for _ in range(60):
        optimizer.zero_grad()
        logits, _ = model(tokens[:-1])
        nn.functional.cross_entropy(logits, tokens[1:]).backward()
        optimizer.step()
    save_file(model.state_dict(), HERE / "trained.safetensors")

    with torch.no_grad():
        model.double()
        logits, _ = model(tokens[:-1])
        nats = nn.functional.cross_entropy(logits, tokens[1:]).item()
        prompt = "the "
        picked, logprobs, margins = [], [], []
        logits, state = model(tokens.new_tensor([ids[c] for c in prompt]))
        for _ in range(40):
            logp = logits[-1].log_softmax(-1)
            best = logp.topk(2).values
            token = logp.argmax()
            picked.append(token.item())
            logprobs.append(logp[token].item())
            margins.append((best[0] - best[1]).item())
            logits, state = model(token[None], state)
    assert min(margins) > 1e-3, "a greedy choice that rounding could change"
    return {
        "characters": "".join(characters),
        "text": TEXT,
        "nats": nats,
        "prompt": prompt,
        "tokens": picked,
        "continuation": "".join(characters[i] for i in picked),
        "logprobs": logprobs,
    }


expected = {
    "language": language(),
    "bidirectional": bidirectional(),
    "schedules": schedules(),
    "initialisation": initialisation(),
    "trained": trained(),
}
for file in HERE.glob("*.safetensors"):
    file.chmod(0o644)
(HERE / "expected.json").write_text(json.dumps(expected, indent=1, ensure_ascii=False) + "\n")
