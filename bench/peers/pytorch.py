"""PyTorch: the same conversation as serve.mjs. Usage: pytorch.py threads"""

import json
import math
import resource
import sys
import time


def say(answer):
    print("\n@bench " + json.dumps(answer), flush=True)


try:
    import torch
except Exception as error:
    say({"ready": False, "error": f"python3 cannot import torch: {error}"})
    sys.exit(0)

from pytorch_diffusion import diffusion
from pytorch_pictures import convolution, gan, vae
from pytorch_transformer import decode, transformer

V, E = 65, 64
SETTLE = 0.3  # as in serve.mjs
torch.set_num_threads(int(sys.argv[1]))


class Net(torch.nn.Module):
    def __init__(self, hidden):
        super().__init__()
        self.embedding = torch.nn.Embedding(V, E)
        self.lstm = torch.nn.LSTM(E, hidden)
        self.linear = torch.nn.Linear(hidden, V)

    def forward(self, x, state=None):
        y, state = self.lstm(self.embedding(x), state)
        return self.linear(y), state


def matmul(job):
    m, k, n = job["m"], job["k"], job["n"]
    a = torch.rand(*([k, m] if job["form"] == "tn" else [m, k]))
    b = torch.rand(*([n, k] if job["form"] == "nt" else [k, n]))
    a = a.T if job["form"] == "tn" else a
    b = b.T if job["form"] == "nt" else b

    def run(repeats):
        with torch.inference_mode():
            for _ in range(repeats):
                a @ b

    return run


def train(job):
    net = Net(job["hidden"])
    optimizer = torch.optim.Adam(net.parameters(), 2e-3)
    shape = (job["length"], job["batch"])

    def run(repeats):
        for _ in range(repeats):
            inputs, targets = torch.randint(0, V, shape), torch.randint(0, V, shape)
            optimizer.zero_grad()
            logits, _ = net(inputs)
            loss = torch.nn.functional.cross_entropy(logits.view(-1, V), targets.view(-1))
            loss.backward()
            torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)
            optimizer.step()
            if not loss.item() < 10:
                raise ValueError(f"the loss is {loss.item()}")

    return run


class Seq2Seq(torch.nn.Module):
    def __init__(self, words, embed, hidden):
        super().__init__()
        self.sources = torch.nn.Embedding(words, embed)
        self.targets = torch.nn.Embedding(words, embed)
        self.encoder = torch.nn.LSTM(embed, hidden // 2, bidirectional=True)
        self.decoder = torch.nn.LSTM(embed, hidden)
        self.memory = torch.nn.Linear(hidden, hidden, bias=False)
        self.combine = torch.nn.Linear(2 * hidden, hidden, bias=False)
        self.linear = torch.nn.Linear(hidden, words)

    def forward(self, sources, inputs):
        memory, state = self.encoder(self.sources(sources))
        state = tuple(torch.cat([s[0::2], s[1::2]], -1) for s in state)
        query = self.decoder(self.targets(inputs), state)[0].transpose(0, 1)
        memory = memory.transpose(0, 1)
        weights = (query @ self.memory(memory).transpose(1, 2)).softmax(-1)
        output = torch.tanh(self.combine(torch.cat([weights @ memory, query], -1)))
        return self.linear(output.transpose(0, 1))


def translate(job):
    words, batch = job["words"] + 3, job["batch"]
    net = Seq2Seq(words, job["embed"], job["hidden"])
    optimizer = torch.optim.Adam(net.parameters(), 2e-3)

    def run(repeats):
        for _ in range(repeats):
            sources = torch.randint(0, words, (job["source"], batch))
            inputs, targets = torch.randint(0, words, (2, job["target"] + 1, batch))
            optimizer.zero_grad()
            logits = net(sources, inputs)
            loss = torch.nn.functional.cross_entropy(logits.flatten(0, 1), targets.flatten())
            loss.backward()
            torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)
            optimizer.step()
            if not loss.item() < 20:
                raise ValueError(f"the loss is {loss.item()}")

    return run


def sample(job):
    hidden, streams = job["hidden"], job["streams"]
    net = Net(hidden).eval()
    cell = None
    if job.get("cell"):
        cell = torch.nn.LSTMCell(E, hidden)

    def run(repeats):
        with torch.inference_mode():
            for _ in range(repeats):
                h, c = torch.zeros(streams, hidden), torch.zeros(streams, hidden)
                state = h[None], c[None]
                tokens = torch.zeros(streams, dtype=torch.long)
                for _ in range(job["tokens"]):
                    if cell is None:
                        logits, state = net(tokens[None], state)
                        logits = logits[0]
                    else:
                        h, c = cell(net.embedding(tokens), (h, c))
                        logits = net.linear(h)
                    tokens = torch.multinomial(torch.softmax(logits, -1), 1)[:, 0]
                    tokens.tolist()

    return run


def warm_up(run, warm):
    begun = time.perf_counter()
    runs = 0
    while True:
        before = time.perf_counter()
        run(1)
        runs += 1
        now = time.perf_counter()
        last = now - before
        least = 1 if last > 4 else 2 if last > 1 else 3
        if now - begun >= warm and runs >= least:
            return last, runs


def main():
    kinds = {
        "matmul": matmul,
        "train": train,
        "translate": translate,
        "sample": sample,
        "transformer": transformer,
        "decode": decode,
        "convolution": convolution,
        "vae": vae,
        "gan": gan,
        "diffusion": diffusion,
    }
    tasks = {}
    say({"ready": True, "version": torch.__version__})
    for line in sys.stdin:
        command = json.loads(line)
        try:
            op = command["op"]
            if op == "prepare":
                run = kinds[command["job"]["kind"]](command["job"])
                seconds, runs = warm_up(run, command["warmMs"] / 1000)
                repeats = max(1, math.floor(command["sampleMs"] / 1000 / seconds + 0.5))
                tasks[command["id"]] = run, repeats, seconds < SETTLE
                say({"seconds": seconds, "runs": runs, "repeats": repeats})
            elif op == "measure":
                run, repeats, settles = tasks[command["id"]]
                if settles:
                    run(1)
                cpu, begun = time.process_time(), time.perf_counter()
                run(repeats)
                now = time.perf_counter()
                spent = time.process_time() - cpu
                say({"seconds": (now - begun) / repeats, "cpu": spent / repeats})
            elif op == "release":
                tasks.pop(command["id"], None)
                say({})
            else:
                say({"bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024})
        except Exception as error:
            say({"error": str(error)})


main()
