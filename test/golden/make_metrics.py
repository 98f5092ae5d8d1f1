"""Makes metrics.json with sacreBLEU: python3 test/golden/make_metrics.py

Needs sacrebleu (made with 2.6.0). Corpora of short sentences, each with BLEU under every setting and chrF.
"""

import json
import logging
import pathlib

from sacrebleu.metrics import BLEU, CHRF

logging.disable(logging.WARNING)  # it advises on tokenizers and short sentences

ENGLISH = [
    ("The small dog ran over the hill.", ["The small dog ran across the hill."]),
    ("It cost 1,234.50 dollars, or so.", ["It cost 1,234.5 dollars - or so!"]),
    ("She said: \"no\" (twice).", ["She said \"No\" two times."]),
    ("A well-known 3-2 win & a draw", ["A well known 3-2 win &amp; a draw."]),
    ("the the the the the the the", ["the cat is on the mat"]),
]
CHINESE = [
    ("今天天气很好。", ["今天的天气真好。"]),
    ("我有3只猫，2条狗。", ["我有 3 只猫和 2 条狗。"]),
    ("他说：“不行”……", ["他说「不行」…"]),
    ("ＡＢＣ公司在2024年成立", ["ABC公司成立于2024年"]),
    ("𠮷野家的饭", ["吉野家的米饭"]),
]
CORPORA = {
    "english": ENGLISH,
    "chinese": CHINESE,
    "mixed": ENGLISH + CHINESE,
    "identical": [(r[0], r) for _, r in ENGLISH],
    "no overlap": [("alpha beta gamma delta", ["one two three four"])],
    "no overlap at all": [("aaaa bb", ["zzz yyyy"])],
    "short": [("yes", ["yes"]), ("no no", ["no"])],
    "short and wrong": [("yes it", ["yes but"]), ("no", ["perhaps"])],
    "empty hypothesis": [("", ["nothing came"]), ("this came", ["this came"])],
    "all hypotheses empty": [("", ["nothing"]), ("", ["came"])],
    "empty reference": [("something", [""]), ("this came then", ["this came"])],
    "white space": [
        ("  a\tb\u3000c \u00a0d\n", ["a b c d"]),
        ("e\u2003f-\ng h\u0085i \ufeffj", ["e f g h i j"]),
        ("\u001cone \u001ftwo", ["one two"]),
        (".5 is a half", ["  .5 is a half  "]),
    ],
    "punctuation": [
        ("a,b c.d 1,2 3.4 5. .6 7- -8 e-f", ["a , b c . d 1,2 3.4 5 . .6 7 - -8 e-f"]),
        ("{x}|~ [y]^_` !\"#$% '()*+ :;<=>?@ /\\", ["{ x } [ y ] ! # ' : /"]),
        ("&lt;b&gt; &quot;q&quot; <skipped> end-\nof", ["<b> \"q\" endof"]),
        ("don't it's 9'", ["do n't it 's 9'"]),
    ],
    "emoji and symbols": [
        ("good 👍🏽 morning ☀️ 👩‍🚀", ["good 👍 morning ☀ 👩‍🚀"]),
        ("→ 5 ≤ 6 ∑ “quoted” — dash…", ["→ 5 ≤ 6 \"quoted\" - dash..."]),
        ("ﾊﾝｶｸ 한국어 かな", ["ハンカク 한국 かな"]),
    ],
    "case": [("The ÀÉ CAT İ ΣΑΣ sat DOWN here", ["the àé cat i̇ σας sat down here"])],
    "too short": [("a b c d", ["a b c d e f g h i j"])],
    "two references": [
        ("it is a guide to action", ["it is a guide to action here", "it is the practical guide"]),
        ("he read the book the the", ["he read a book", "the the book he was reading was the one"]),
        ("今天天气好", ["今日天气不错", "今天天气很好"]),
        ("equal far", ["one", "one two three"]),
        ("", ["", "not empty"]),
    ],
    "as many references as there are": [
        ("one two three four five", ["one two three four five six", None]),
        ("seven eight", ["seven nine", "seven eight ten"]),
    ],
}
SETTINGS = [
    {},
    {"tokenize": "zh"},
    {"tokenize": "char"},
    {"tokenize": "none"},
    {"lowercase": True},
    {"tokenize": "zh", "lowercase": True},
    *({"smooth_method": method} for method in ("none", "floor", "add-k")),
    *({"effective_order": True, "smooth_method": m} for m in ("exp", "none", "floor", "add-k")),
]
NAMES = {"smooth_method": "smoothing", "effective_order": "effectiveOrder"}


def signature(metric):
    return metric.get_signature().format().rsplit("|version", 1)[0]


def measured(hypotheses, streams):
    bleu = []
    for setting in SETTINGS:
        metric = BLEU(**setting)
        found = metric.corpus_score(hypotheses, streams)
        bleu.append(
            {
                "options": {NAMES.get(name, name): value for name, value in setting.items()},
                "score": found.score,
                "precisions": found.precisions,
                "brevityPenalty": found.bp,
                "hypothesisLength": found.sys_len,
                "referenceLength": found.ref_len,
                "signature": signature(metric),
            }
        )
    chrf = []
    for lowercase in (False, True):
        metric = CHRF(lowercase=lowercase)
        score = metric.corpus_score(hypotheses, streams).score
        options = {"lowercase": lowercase}
        chrf.append({"options": options, "score": score, "signature": signature(metric)})
    return {"bleu": bleu, "chrF": chrf}


fixture = {}
for name, corpus in CORPORA.items():
    hypotheses = [hypothesis for hypothesis, _ in corpus]
    references = [own for _, own in corpus]
    fixture[name] = {
        "hypotheses": hypotheses,
        "references": [[text for text in own if text is not None] for own in references],
        **measured(hypotheses, list(zip(*references))),
    }
path = pathlib.Path(__file__).parent / "metrics.json"
path.write_text(json.dumps(fixture, indent=1, ensure_ascii=True) + "\n")
