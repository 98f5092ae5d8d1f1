"""Makes small models in Hugging Face's layout, and what they compute: python3 test/golden/make_hugging_face.py, in hugging-face/

Needs torch, transformers, tokenizers and safetensors (made with torch 2.13, transformers 5.18, tokenizers 0.23). The
tests read the files only. Same packages, same files: fixed seeds, one thread.

    <model>/config.json, model.safetensors   as transformers writes them; norms and biases are random, too
    tokenizer.json, generation_config.json   of all of them: byte-level BPE with three merges, and two special tokens
    expected.json                            logits of a prompt's first and last position, greedy tokens, a batch's loss
    gradients.safetensors                    of that loss
"""

import json
import pathlib
import shutil

import torch
from safetensors.torch import save_file
from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers, processors
from transformers import (
    GPT2Config,
    GPT2LMHeadModel,
    LlamaConfig,
    LlamaForCausalLM,
    MistralConfig,
    MistralForCausalLM,
    Qwen2Config,
    Qwen2ForCausalLM,
    Qwen3Config,
    Qwen3ForCausalLM,
)

HERE = pathlib.Path(__file__).parent / "hugging-face"
HERE.mkdir(exist_ok=True)
torch.set_num_threads(1)
torch.use_deterministic_algorithms(True)

V = 261
START, END = 259, 260
TEXT = "the cat sat on the mat"
ENDS = {"bos_token_id": START, "eos_token_id": END}
LLAMA = {
    **ENDS,
    "vocab_size": V,
    "hidden_size": 16,
    "intermediate_size": 24,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "max_position_embeddings": 64,
}
SCALED = {
    "rope_type": "llama3",
    "rope_theta": 500.0,
    "factor": 4.0,
    "low_freq_factor": 1.0,
    "high_freq_factor": 4.0,
    "original_max_position_embeddings": 16,
}
LINEAR = {"rope_type": "linear", "rope_theta": 10000.0, "factor": 2.0}
GPT2 = {"n_embd": 16, "n_inner": 24, "n_layer": 2, "n_head": 4, "n_positions": 64, "vocab_size": V}
MODELS = {
    "gpt2": (GPT2LMHeadModel, GPT2Config(**GPT2, **ENDS, layer_norm_epsilon=1e-4)),
    "llama": (LlamaForCausalLM, LlamaConfig(**LLAMA, rope_parameters=SCALED, rms_norm_eps=1e-5)),
    "linear": (LlamaForCausalLM, LlamaConfig(**LLAMA, rope_parameters=LINEAR, head_dim=6, tie_word_embeddings=True)),
    "mistral": (MistralForCausalLM, MistralConfig(**LLAMA, sliding_window=5, head_dim=4)),
    "qwen2": (Qwen2ForCausalLM, Qwen2Config(**LLAMA, rms_norm_eps=1e-6, tie_word_embeddings=True)),
    "qwen3": (Qwen3ForCausalLM, Qwen3Config(**LLAMA, rms_norm_eps=1e-6, tie_word_embeddings=True, head_dim=8)),
}


def tokenizer():
    """Three merges over all bytes; the two special tokens follow."""
    letters = pre_tokenizers.ByteLevel.alphabet()
    merges = [("t", "h"), ("th", "e"), ("a", "t")]
    names = sorted(letters) + ["".join(merge) for merge in merges]
    vocab = {name: i for i, name in enumerate(names)}
    made = Tokenizer(models.BPE(vocab=vocab, merges=merges))
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = decoders.ByteLevel()
    made.post_processor = processors.ByteLevel(trim_offsets=True)
    made.add_special_tokens([AddedToken("<s>"), AddedToken("</s>")])
    assert made.token_to_id("<s>") == START and made.get_vocab_size() == V
    return made


def digits(values):
    return [float(f"{value:.7g}") for value in values.tolist()]


expected, gradients = {}, {}
own = tokenizer()
own.save(str(HERE / "tokenizer.json"))
(HERE / "generation_config.json").write_text(json.dumps(ENDS, indent=2) + "\n")
prompt = own.encode(TEXT).ids
for number, (name, (architecture, config)) in enumerate(MODELS.items()):
    torch.manual_seed(number)
    config._attn_implementation = "eager"
    for drop in ["attn_pdrop", "embd_pdrop", "resid_pdrop"]:
        if hasattr(config, drop):
            setattr(config, drop, 0.0)
    model = architecture(config).float().eval()
    with torch.no_grad():
        for path, weight in model.named_parameters():
            weight.copy_(torch.randn_like(weight) * 0.2)
            if "norm" in path or ".ln_" in path:
                weight.add_(0 if path.endswith("bias") else 1)
    folder = HERE / name
    shutil.rmtree(folder, ignore_errors=True)
    model.save_pretrained(folder)
    (folder / "generation_config.json").unlink()
    with torch.no_grad():
        logits = model(torch.tensor([prompt])).logits[0]
        greedy = list(prompt)
        for _ in range(30):
            greedy.append(int(model(torch.tensor([greedy])).logits[0, -1].argmax()))
    # A batch of two rows; the last two targets of the second are none.
    rows = torch.randint(0, V - 2, (2, 13), generator=torch.Generator().manual_seed(number))
    inputs, targets = rows[:, :-1], rows[:, 1:].clone()
    targets[1, -2:] = -1
    loss = torch.nn.functional.cross_entropy(model(inputs).logits.flatten(0, 1), targets.flatten(), ignore_index=-1)
    loss.backward()
    expected[name] = {
        "first": digits(logits[0]),
        "last": digits(logits[-1]),
        "greedy": greedy[len(prompt) :],
        "inputs": inputs.tolist(),
        "targets": targets.tolist(),
        "loss": loss.item(),
    }
    for path, weight in model.named_parameters():
        gradients[f"{name}.{path}"] = weight.grad.clone()
whole = {"text": TEXT, "ids": prompt, "models": expected}
(HERE / "expected.json").write_text(json.dumps(whole, separators=(",", ":")) + "\n")
save_file(gradients, HERE / "gradients.safetensors")
