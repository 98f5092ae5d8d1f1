# Writes fixtures.json: small tokenizers of many settings, and what Hugging Face's tokenizers 0.23 makes of strings;
# and one of SentencePiece.
#
#   python3 -m venv venv && venv/bin/pip install tokenizers==0.23.2 sentencepiece
#   venv/bin/python test/text/foreign/fixtures.py
import base64
import io
import json
import os
import random

import sentencepiece
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers

LEARNED = """The quick brown fox jumps over the lazy dog. They're here, aren't they? I'll see 1,234 of them in 2024!
Don't panic: it's only THE TEST, isn't it. naïve façade, coöperate; Übermut, smørrebrød, żółć. Привет, мир! Ещё раз.
一二三四五六七八九十,天地玄黄,宇宙洪荒。 日本語のテキスト 한국어 텍스트 ภาษาไทย हिन्दी العربية עברית
def main():\n    return [x ** 2 for x in range(10)]\n\n\tprint("hello, world")\n   \n
""" * 3

GPT2 = pre_tokenizers.ByteLevel(add_prefix_space=False)
CASES = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)"
LLAMA3 = CASES + r"|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
UPPER = r"[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]"
LOWER = r"[\p{Ll}\p{Lm}\p{Lo}\p{M}]"
O200K = "|".join([
    rf"[^\r\n\p{{L}}\p{{N}}]?{UPPER}*{LOWER}+{CASES}?", rf"[^\r\n\p{{L}}\p{{N}}]?{UPPER}+{LOWER}*{CASES}?",
    r"\p{N}{1,3}", r" ?[^\s\p{L}\p{N}]+[\r\n/]*", r"\s*[\r\n]+", r"\s+(?!\S)", r"\s+",
])
DEEPSEEK = r"[!\"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+| ?[\p{P}\p{S}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"


def split(pattern, behavior="isolated", invert=False):
    return pre_tokenizers.Split(pattern, behavior, invert)


def byte_level(*before):
    return pre_tokenizers.Sequence([*before, pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)])


def byte_pairs(pre, normalizer=None, vocab=420, ignore_merges=False, added=()):
    tokenizer = Tokenizer(models.BPE(ignore_merges=ignore_merges))
    tokenizer.pre_tokenizer = pre
    if normalizer:
        tokenizer.normalizer = normalizer
    tokenizer.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(vocab_size=vocab, initial_alphabet=alphabet, show_progress=False)
    tokenizer.train_from_iterator([LEARNED], trainer)
    tokenizer.add_special_tokens([AddedToken("<|end|>", normalized=False)])
    tokenizer.add_tokens(list(added))
    return tokenizer


def sentence_pieces(normalizer=None, pre=None, decoder=None):
    tokenizer = Tokenizer(models.BPE(unk_token="<unk>", fuse_unk=True, byte_fallback=True))
    if normalizer:
        tokenizer.normalizer = normalizer
    if pre:
        tokenizer.pre_tokenizer = pre
    # Merges are learned within words; encoding then has no such bounds.
    learning = Tokenizer(models.BPE())
    learning.pre_tokenizer = pre_tokenizers.Metaspace()
    names = ["<unk>", "<s>", "</s>"] + [f"<0x{byte:02X}>" for byte in range(256)]
    trainer = trainers.BpeTrainer(vocab_size=520, special_tokens=names, limit_alphabet=80, show_progress=False)
    learning.train_from_iterator([LEARNED], trainer)
    learned = json.loads(learning.to_str())["model"]
    merges = [tuple(merge) for merge in learned["merges"]]
    vocab = learned["vocab"]
    for run in ["▁▁", "▁▁▁▁"]:
        vocab[run] = len(vocab)
    merges += [("▁", "▁"), ("▁▁", "▁▁")]
    tokenizer.model = models.BPE(vocab, merges, unk_token="<unk>", fuse_unk=True, byte_fallback=True)
    tokenizer.decoder = decoder or decoders.Sequence([
        decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0),
    ])
    tokenizer.add_special_tokens([AddedToken(name, normalized=False) for name in ["<unk>", "<s>", "</s>"]])
    return tokenizer


PREPEND = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
ADDED = [
    AddedToken("<left>", lstrip=True, normalized=False), AddedToken("<right>", rstrip=True, normalized=False),
    AddedToken("word", single_word=True, normalized=False), AddedToken("café", normalized=True),
    AddedToken("<left>er", normalized=False),
]
TOKENIZERS = {
    "gpt2": byte_pairs(GPT2),
    "prefix": byte_pairs(pre_tokenizers.ByteLevel(add_prefix_space=True)),
    "llama3": byte_pairs(byte_level(split(Regex(LLAMA3))), ignore_merges=True),
    "qwen2": byte_pairs(byte_level(split(Regex(LLAMA3.replace("{1,3}", "")))), normalizers.NFC()),
    "nfkd": byte_pairs(GPT2, normalizers.NFKD()),
    "o200k": byte_pairs(byte_level(split(Regex(O200K)))),
    "deepseek": byte_pairs(byte_level(
        split(Regex(r"\p{N}{1,3}")), split(Regex("[一-龥぀-ゟ゠-ヿ]+")), split(Regex(DEEPSEEK)),
    )),
    "digits": byte_pairs(pre_tokenizers.Sequence([pre_tokenizers.Digits(individual_digits=True), GPT2])),
    "digit-runs": byte_pairs(byte_level(pre_tokenizers.Digits(individual_digits=False))),
    **{
        f"split-{behavior}-{invert}": byte_pairs(byte_level(split(Regex(r"\p{N}"), behavior, invert)), vocab=300)
        for behavior in ["removed", "contiguous", "merged_with_previous", "merged_with_next"]
        for invert in [False, True]
    },
    "added": byte_pairs(GPT2, normalizers.NFC(), added=ADDED),
    "llama2": sentence_pieces(PREPEND),
    "metaspace": sentence_pieces(pre=pre_tokenizers.Metaspace()),
    "metaspace-first": sentence_pieces(pre=pre_tokenizers.Metaspace(prepend_scheme="first", split=False)),
    "metaspace-never": sentence_pieces(
        pre=pre_tokenizers.Metaspace(prepend_scheme="never"),
        decoder=decoders.Sequence([decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse()]),
    ),
}

random.seed(0)
PARTS = [
    *"aA bé ñ'sS 19,.!-_/\\\t\n\r", "  ", "\n\n", "'ll", "'LL", "'ſ", "K", "the", " The", "ing ", "word", "words", "²", "Ⅷ", "१२",
    "一", "天地", "日本", "한국", "ไ", "Й", "ż", "e\u0301", "\u00e9", "\u1e9b\u0323", "\u0344", "ﬁ", "①", "\u1100\u1161\u11a8", "\u2126",
    "\ufeff", "\u0085", "\u00a0", "\u2028", "\u3000", "\u200b", "\u180e", "\u001c", "\u0000", "🙂", "👩‍👩‍👧", "𝒳", "𠮷", "\U0001e08f", "\U000323af",
    "\u1c89", "\ua7cb", "\u0897\u0301", "\u1715\u0327", "ʰ", "ǅ", "\u0301", "\u20dd", "£", "€", "<|end|>", "<left>", " <right> ", "café", "cafe\u0301", "▁x"[1:],
    "ZZ", "HTTPServer", "fooBar", "...", "//", "))", "\t\t",
]
TEXTS = ["", " ", "a", "  two  spaces  ", "I'll DON'T 'S we'Re they'd", "def f(x):\n\treturn 12345 * x\n\n\n", "<left>er  <left> word words word"]
TEXTS += ["".join(random.choice(PARTS) for _ in range(random.randint(2, 18))) for _ in range(64)]

made = {}
for name, tokenizer in TOKENIZERS.items():
    described = json.loads(tokenizer.to_str())
    tokenizer.encode_special_tokens = True
    plain = [tokenizer.encode(text, add_special_tokens=False).ids for text in TEXTS]
    tokenizer.encode_special_tokens = False
    special = [tokenizer.encode(text, add_special_tokens=False).ids for text in TEXTS]
    differ = {i: ids for i, ids in enumerate(special) if ids != plain[i]}
    texts = [tokenizer.decode(ids, skip_special_tokens=True) for ids in plain]
    # The decoder for bytes takes the letters of added tokens for bytes, too: é of café is then damage. Ours does not.
    changed = {i: None if "\ufffd" in text else text for i, text in enumerate(texts) if text != TEXTS[i]}
    made[name] = {"tokenizer": described, "plain": plain, "special": differ, "decoded": changed}

model = io.BytesIO()
sentencepiece.SentencePieceTrainer.train(
    sentence_iterator=iter(LEARNED.split("\n")), model_writer=model, model_type="bpe", vocab_size=460,
    byte_fallback=True, normalization_rule_name="identity", remove_extra_whitespaces=False, minloglevel=2,
)
pieces = sentencepiece.SentencePieceProcessor(model_proto=model.getvalue())
made_pieces = {
    "model": base64.b64encode(model.getvalue()).decode(),
    # What ends a text there is a zero byte.
    "plain": [None if "\0" in text else pieces.encode(text) for text in TEXTS],
}

folder = os.path.dirname(os.path.abspath(__file__))
with open(os.path.join(folder, "fixtures.json"), "w", encoding="utf-8") as file:
    json.dump({"texts": TEXTS, "tokenizers": made, "sentencepiece": made_pieces}, file, ensure_ascii=True, separators=(",", ":"))
