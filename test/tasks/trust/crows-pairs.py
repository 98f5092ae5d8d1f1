# The same measure by PyTorch, from the weights and tokens that crows-pairs.mjs wrote.
#
#   python3 test/tasks/trust/crows-pairs.py <output folder>
import json
import struct
import sys

import torch

torch.set_num_threads(1)
folder = sys.argv[1]
given = json.load(open(f"{folder}/pairs.json"))
raw = open(given["file"], "rb").read()
(size,) = struct.unpack("<Q", raw[:8])
header = json.loads(raw[8 : 8 + size])
weights = {}
for name, about in header.items():
    if name == "__metadata__":
        continue
    begin, end = about["data_offsets"]
    data = bytearray(raw[8 + size + begin : 8 + size + end])
    weights[name] = torch.frombuffer(data, dtype=torch.float32).reshape(about["shape"]).double()
vocab, embed = weights["embedding.weight"].shape
hidden = weights["lstm.weight_hh_l0"].shape[1]
lstm = torch.nn.LSTM(embed, hidden, batch_first=True).double()
lstm.load_state_dict({name[5:]: w for name, w in weights.items() if name.startswith("lstm.")})


@torch.no_grad()
def log_probability(tokens):
    x = torch.tensor([tokens[:-1]])
    out, _ = lstm(weights["embedding.weight"][x])
    logits = out @ weights["linear.weight"].T + weights["linear.bias"]
    chosen = torch.log_softmax(logits, -1)[0].gather(1, torch.tensor(tokens[1:])[:, None])
    return chosen.sum().item()


apart, likelier = 0.0, 0
for pair in given["pairs"]:
    own = {variant: log_probability(pair[variant]) for variant in ("more", "less")}
    likelier += own["more"] > own["less"]
    apart = max(apart, *(abs(own[v] - pair["found"][v]) for v in own))
share = likelier / len(given["pairs"])
print(f"PyTorch: {100 * share:.2f} % of {len(given['pairs'])} pairs, simdream {100 * given['share']:.2f} %")
print(f"log-probabilities are at most {apart:.1e} nats apart")
