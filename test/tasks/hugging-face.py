"""Whether transformers reads the folders of hugging-face.mjs, and computes the same with them.

    python3 test/tasks/hugging-face.py out

Needs torch and transformers (tried with transformers 5.18). Says for each folder how far log-probabilities are from
each other, and fails where tokens differ or they are further than 1e-4.
"""

import json
import sys
from pathlib import Path

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer, PreTrainedTokenizerFast

torch.set_num_threads(1)
failed = False
for folder in sorted(path.parent for path in Path(sys.argv[1]).glob("*/expected.json")):
    # AutoTokenizer gives every folder of Qwen2 that model's own way to split texts, whatever tokenizer.json says.
    reader = PreTrainedTokenizerFast if folder.name.startswith("qwen2") else AutoTokenizer
    tokenizer = reader.from_pretrained(folder)
    model, info = AutoModelForCausalLM.from_pretrained(folder, output_loading_info=True, attn_implementation="eager")
    model.eval()
    flaws = [f"{kind}: {sorted(names)}" for kind, names in info.items() if names]
    furthest = 0.0
    for one in json.loads((folder / "expected.json").read_text()):
        ids = tokenizer.encode(one["prompt"], add_special_tokens=False)
        if ids != one["ids"]:
            flaws.append(f"ids of {one['prompt']!r}: {ids}, expected {one['ids']}")
            continue
        fed = tokenizer.encode(one["prompt"])
        if tokenizer.decode(ids) != one["prompt"]:
            flaws.append(f"{one['prompt']!r} is read back as {tokenizer.decode(ids)!r}")
        with torch.no_grad():
            for i, token in enumerate(one["tokens"]):
                logits = model(torch.tensor([fed])).logits[0, -1]
                if i == 0:
                    off = (logits.log_softmax(-1) - torch.tensor(one["next"])).abs().max().item()
                    furthest = max(furthest, off)
                if logits.argmax().item() != token:
                    flaws.append(f"greedy token {i} after {one['prompt']!r}: {logits.argmax().item()}, expected {token}")
                    break
                fed.append(token)
    if furthest > 1e-4:
        flaws.append("too far")
    failed = failed or bool(flaws)
    print(f"{folder.name}: {type(model).__name__}, {furthest:.1e}", *flaws, sep="\n  ")
sys.exit(failed)
