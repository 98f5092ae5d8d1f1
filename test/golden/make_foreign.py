"""Makes the fixtures of foreign.test.ts with PyTorch: python3 test/golden/make_foreign.py

Needs torch and safetensors (made with torch 2.13, safetensors 0.8). The models are those of examples/pytorch/names.py, small and
with random weights, saved as PyTorch saves them; the log-probabilities of all tokens after each of a text's are computed in
float64.

    foreign_lstm.safetensors, foreign_transformer.safetensors, foreign_layers.safetensors    state_dicts
    foreign.json    the vocabulary in the order of its ids, a text, and what the models say of it
"""

import json
import pathlib
import sys

import torch
from safetensors.torch import save_file
from torch import nn

HERE = pathlib.Path(__file__).parent
sys.path.insert(0, str(HERE.parent.parent / "examples" / "pytorch"))
from names import LSTM, Transformer  # noqa: E402

torch.set_num_threads(1)
torch.manual_seed(1)
VOCABULARY = list(".zéab中😀-m")
TEXT = ".mab-é中😀z."
tokens = torch.tensor([[VOCABULARY.index(c) for c in TEXT]])
models = {
    "lstm": LSTM(len(VOCABULARY), embed=6, hidden=10, layers=2),
    "transformer": Transformer(len(VOCABULARY), C=16, layers=2, heads=4, kv_heads=2, inner=24),
}
expected = {"vocabulary": VOCABULARY, "text": TEXT, "likely": {}}
for name, model in models.items():
    for path, p in model.named_parameters():
        # Norms are not at their starting values, so that a wrong one shows.
        p.data = (p.dim() == 1 and name == "transformer") + 0.4 * torch.randn(p.shape)
    save_file(model.state_dict(), HERE / f"foreign_{name}.safetensors")
    with torch.no_grad():
        expected["likely"][name] = model.double()(tokens)[0].log_softmax(-1).tolist()

layers = nn.Sequential(nn.Linear(3, 8), nn.GELU(), nn.LayerNorm(8), nn.Linear(8, 2))
save_file(layers.state_dict(), HERE / "foreign_layers.safetensors")
x = torch.randn(4, 3)
with torch.no_grad():
    expected["layers"] = {"x": x.flatten().tolist(), "y": layers.double()(x.double()).flatten().tolist()}
for file in HERE.glob("foreign_*"):
    file.chmod(0o644)
(HERE / "foreign.json").write_text(json.dumps(expected, ensure_ascii=False) + "\n")
