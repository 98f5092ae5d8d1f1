// What an audit found, as a report in two languages.

import type {
  Audit,
  CopiedGrids,
  CopiedRuns,
  CopiedTexts,
  Exposure,
  Extractable,
  Interval,
  Likeness,
  LossGap,
  NearestTraining,
} from "../../entries/insight.js";
import { auditThresholds } from "../../entries/insight.js";
import { fraction, oneLine, percent, whole } from "./format.js";
import {
  type Bar,
  type Language,
  type Page,
  type Part,
  type Section,
  short,
  type Words,
} from "./page.js";

/** What a report is of. */
export interface Audited {
  readonly file: string;
  /** "a language model" */
  readonly kind: string;
  readonly steps: number;
  readonly data: readonly string[];
  readonly heldOut: readonly string[];
  /** A PNG of the samples that are nearest to training examples, and below each the nearest. */
  readonly near?: Uint8Array | undefined;
}

const en = {
  title: (file: string) => `What ${file} remembers`,
  subtitle: ({ kind, steps, data, heldOut }: Audited) =>
    `${kind}, ${whole(steps)} steps; learned: ${data.join(", ")}` +
    (heldOut.length > 0 ? `; held out: ${heldOut.join(", ")}` : ""),
  between: " ",
  share: (value: number, of: number) => fraction(value, of),
  verdict: "Verdict",
  yes: "Overfitted: it has learned more of its training data than held-out data bear out.",
  no: "Not overfitted: no sign of learning by heart beyond what held-out data show.",
  blind: "No sign of learning by heart, as far as that can be seen without held-out data.",
  open: "No held-out data were given: without them there is little to compare with. Give --held-out.",
  own: "It is compared with the part of its data that its last run kept for its validation.",
  because: {
    gap: (gap: LossGap) =>
      `The held-out loss (${gap.measure}) is ${short(gap.heldOut)}, that of training data ${short(gap.training)}.`,
    extractable: ({ prefixes, length }: Extractable) =>
      `${percent(prefixes[prefixes.length - 1].share)} of training examples come back word for word, ${length} tokens long.`,
    copied: (share: number) =>
      `${percent(share)} of what it writes is copied from the training data in long runs.`,
    near: (share: number) =>
      `${percent(share)} of the samples are unusually near to one training example.`,
  },
  gap: "Training and held-out loss",
  gapNote: ({ blocks, measure }: LossGap) =>
    `${measure} of ${blocks[0]} and ${blocks[1]} blocks, each scored on its own. The interval holds the gap in 95 of 100 cases ` +
    `(Welch). It counts as a sign where all of it is above ${percent(auditThresholds.gap)} of the held-out loss.`,
  training: "training",
  heldOut: "held out",
  difference: "gap",
  interval: "95 % interval",
  extractable: "Extractable texts",
  prefix: "prefix",
  tokens: (n: number | string) =>
    n === "source" ? "the source" : n === "before" ? "all before" : `${n} tokens`,
  extractedNote: (length: number) =>
    `Of each example the prefix is given; it counts where the likeliest continuation is the text, ${length} tokens long ` +
    "(Carlini et al. 2022). Of texts that were never learned this is near 0.",
  mean: "right tokens before the first wrong one",
  found: "Texts that came back",
  copied: "Copied runs",
  samples: "samples",
  longest: "longest run",
  copies: (length: number) => `samples with a run of ${length} characters`,
  wholes: "samples that are a training document",
  windows: "windows of levels that stand in training levels",
  columns: (n: number) => `${n} columns`,
  characters: (n: number) => `${n} characters`,
  longestIs: "The longest piece of a sample that stands in the training data as it is:",
  copiedNote:
    "Held-out pieces of the same lengths are looked up in the training data, too: what they share is in the language and not learned by heart.",
  exposure: "Exposure of planted secrets",
  secret: "secret",
  rank: "rank",
  of: "of",
  bits: "exposure, bits",
  atMost: "at most ",
  exposureNote: (space: number) =>
    `log₂ |R| − log₂ rank, by the exact rank among all ${whole(space)} secrets of the format behind the same prefix ` +
    "(Carlini et al. 2019). By chance it is about 1.4 bits.",
  neighbours: "Nearest training examples",
  pixels: "in pixels",
  features: "in features",
  near: "samples nearer than 1 in 20 held-out ones",
  median: "median distance",
  same: (n: number, of: number) =>
    `${whole(n)} of ${whole(of)} samples are a training example, number for number.`,
  nearest: "The samples that are nearest, and below each its nearest training example.",
  neighboursNote: (among: number) =>
    `The distance to the nearest training example, relative to the mean of its ${among} nearest: 0 is a copy, and a picture ` +
    "that is near to many is none (Carlini et al. 2023). 5 % are near by chance.",
  limits: "What this does not show",
  limitsText:
    "An audit finds what it looks for: texts by these prefixes, copies that are exact, secrets of a known format. " +
    "That nothing was found is no proof that nothing was learned by heart, and no privacy guarantee. A large gap says that " +
    "the model would do better with fewer steps, more data or a smaller network, and nothing of single examples.",
};

const zh: typeof en = {
  title: (file) => `${file} 记住了什么`,
  subtitle: ({ steps, data, heldOut }) =>
    `训练 ${whole(steps)} 步；训练数据：${data.join("、")}` +
    (heldOut.length > 0 ? `；留出数据：${heldOut.join("、")}` : ""),
  between: "",
  share: (value, of) => `${Math.round(value * of)} / ${of}（${percent(value)}）`,
  verdict: "结论",
  yes: "过拟合：模型记住的训练数据，超出了留出数据所能印证的程度。",
  no: "没有过拟合：与留出数据相比，没有死记硬背的迹象。",
  blind: "没有死记硬背的迹象，但没有留出数据可供比较。",
  open: "没有给出留出数据，几乎无从比较。请使用 --held-out。",
  own: "与最后一次训练留作验证的那部分数据相比较。",
  because: {
    gap: (gap) =>
      `留出数据的损失（${gap.measure}）为 ${short(gap.heldOut)}，训练数据的为 ${short(gap.training)}。`,
    extractable: ({ prefixes, length }) =>
      `${percent(prefixes[prefixes.length - 1].share)} 的训练样例可以逐字还原 ${length} 个词元。`,
    copied: (share) => `所写内容的 ${percent(share)} 是从训练数据中成段抄来的。`,
    near: (share) => `${percent(share)} 的样本异常接近某一个训练样例。`,
  },
  gap: "训练损失与留出损失",
  gapNote: ({ blocks, measure }) =>
    `${measure}，分别取 ${blocks[0]} 块和 ${blocks[1]} 块，逐块计算。区间为差距的 95 % 置信区间（Welch）。` +
    `整个区间都高于留出损失的 ${percent(auditThresholds.gap)} 时，才算作迹象。`,
  training: "训练",
  heldOut: "留出",
  difference: "差距",
  interval: "95 % 区间",
  extractable: "可提取的文本",
  prefix: "前缀",
  tokens: (n) => (n === "source" ? "源文本" : n === "before" ? "之前的全部" : `${n} 个词元`),
  extractedNote: (length) =>
    `给出每个样例的前缀；若最可能的续写与原文完全相同（${length} 个词元），则计入（Carlini 等，2022）。从未学过的文本，该值接近 0。`,
  mean: "首个错误之前的正确词元数",
  found: "被还原的文本",
  copied: "抄写的片段",
  samples: "样本",
  longest: "最长片段",
  copies: (length) => `含 ${length} 个字符以上片段的样本`,
  wholes: "本身就是训练文档的样本",
  windows: "出现在训练关卡中的关卡窗口",
  columns: (n) => `${n} 列`,
  characters: (n) => `${n} 个字符`,
  longestIs: "样本中原样出现在训练数据里的最长片段：",
  copiedNote: "同样长度的留出片段也在训练数据中查找：它们共有的部分属于语言本身，而不是死记硬背。",
  exposure: "植入秘密的暴露度",
  secret: "秘密",
  rank: "名次",
  of: "总数",
  bits: "暴露度（比特）",
  atMost: "至多 ",
  exposureNote: (space) =>
    `log₂ |R| − log₂ 名次：在同一前缀之后，在该格式全部 ${whole(space)} 个秘密中的精确名次（Carlini 等，2019）。随机情况下约为 1.4 比特。`,
  neighbours: "最近的训练样例",
  pixels: "按像素",
  features: "按特征",
  near: "比最近的二十分之一留出样例还近的样本",
  median: "距离中位数",
  same: (n, of) => `${whole(of)} 个样本中有 ${whole(n)} 个与某个训练样例完全相同。`,
  nearest: "最接近的样本，下方是与之最近的训练样例。",
  neighboursNote: (among) =>
    `到最近训练样例的距离，除以最近 ${among} 个距离的平均值：0 表示复制；与许多样例都接近的图片不是复制（Carlini 等，2023）。随机情况下有 5 %。`,
  limits: "这些数字不能说明什么",
  limitsText:
    "审计只能找到它所寻找的东西：由这些前缀引出的文本、完全相同的片段、格式已知的秘密。没有发现并不证明没有死记硬背，也不是隐私保证。" +
    "差距大说明步数更少、数据更多或网络更小会更好，但不说明任何单个样例。",
};

const words: Words<typeof en> = { en, zh };

export function auditPage(found: Audit, language: Language, of: Audited): Page {
  const w = words[language];
  return {
    language,
    title: w.title(of.file),
    subtitle: w.subtitle(of),
    sections: [
      { title: w.verdict, parts: verdictParts(found, w) },
      ...section(w.gap, found.gap, (gap) => gapParts(gap, w)),
      ...section(w.extractable, found.extractable, (one) => extractableParts(one, w)),
      ...section(w.copied, found.copied, (one) =>
        "windows" in one.samples
          ? gridParts(one as CopiedGrids, w)
          : copiedParts(one as CopiedTexts, w),
      ),
      ...section(w.exposure, found.exposure, (one) => exposureParts(one, w)),
      ...section(w.neighbours, found.neighbours, (one) => neighbourParts(one, w, of.near)),
      { title: w.limits, parts: [{ text: w.limitsText, tone: "note" }] },
    ],
  };
}

function section<T>(title: string, found: T | null, parts: (found: T) => Part[]): Section[] {
  return found === null ? [] : [{ title, parts: parts(found) }];
}

function verdictParts(found: Audit, w: typeof en): Part[] {
  const { overfitted, signs, gap, extractable, copied, neighbours } = found;
  const why = signs.map((sign): string => {
    if (sign === "gap") return w.because.gap(gap!);
    if (sign === "extractable") return w.because.extractable(extractable!.training);
    if (sign === "copied") return w.because.copied(copied!.samples.share);
    return w.because.near(neighbours!.pixels.near ?? neighbours!.same / neighbours!.samples);
  });
  return [
    {
      text: [overfitted ? w.yes : found.heldOut ? w.no : w.blind, ...why].join(w.between),
      tone: overfitted ? "bad" : found.heldOut ? "good" : "note",
    },
    ...(found.heldOut === "given"
      ? []
      : [{ text: found.heldOut ? w.own : w.open, tone: "note" } as const]),
  ];
}

const between = ([low, high]: Interval): string => `${short(low)} … ${short(high)}`;

function gapParts(gap: LossGap, w: typeof en): Part[] {
  const bars: Bar[] = [
    { name: w.training, value: gap.training, words: gap.training.toFixed(4) },
    { name: w.heldOut, value: gap.heldOut, words: gap.heldOut.toFixed(4), colour: 1 },
  ];
  return [
    { bars },
    {
      head: ["", gap.measure, w.interval],
      table: [[w.difference, gap.gap.toFixed(4), between(gap.interval)]],
      numbers: [1, 2],
    },
    { text: w.gapNote(gap), tone: "note" },
  ];
}

function extractableParts(
  { training, heldOut }: NonNullable<Audit["extractable"]>,
  w: typeof en,
): Part[] {
  const sides = [
    [training, w.training],
    [heldOut, w.heldOut],
  ] as const;
  const bars = training.prefixes.flatMap((_, i) =>
    sides.flatMap(([side, name], colour): Bar[] => {
      const one = side?.prefixes[i];
      if (!one) return [];
      return [
        {
          name: `${w.tokens(one.prefix)}, ${name}`,
          value: one.share,
          words: w.share(one.share, one.examples),
          interval: one.interval,
          colour,
        },
      ];
    }),
  );
  const table = training.prefixes.map((one, i) => [
    w.tokens(one.prefix),
    one.tokens.toFixed(1),
    heldOut?.prefixes[i]?.tokens.toFixed(1) ?? "",
  ]);
  const { found } = training;
  return [
    { bars, most: 1 },
    { head: [w.mean, w.training, w.heldOut], table, numbers: [1, 2] },
    { text: w.extractedNote(training.length), tone: "note" },
    ...(found.length > 0
      ? [
          { text: w.found },
          ...found.slice(0, 3).map(({ prefix, text }) => ({ code: `${prefix}⟦${text}⟧` })),
        ]
      : []),
  ];
}

function copiedParts({ samples, heldOut }: CopiedTexts, w: typeof en): Part[] {
  const row = (name: string, one: CopiedRuns) => [
    name,
    w.share(one.share, one.samples),
    w.characters(one.longest?.length ?? 0),
  ];
  const { longest } = samples;
  return [
    {
      head: ["", w.copies(samples.length), w.longest],
      table: [row(w.samples, samples), ...(heldOut ? [row(w.heldOut, heldOut)] : [])],
      numbers: [1, 2],
    },
    ...(samples.whole > 0 || (heldOut?.whole ?? 0) > 0
      ? [
          {
            head: [w.wholes, ""],
            table: [
              [w.samples, w.share(samples.whole, samples.samples)],
              ...(heldOut ? [[w.heldOut, w.share(heldOut.whole, heldOut.samples)]] : []),
            ],
            numbers: [1],
          },
        ]
      : []),
    ...(longest ? [{ text: w.longestIs }, { code: longest.text }] : []),
    { text: w.copiedNote, tone: "note" },
  ];
}

function gridParts({ samples, heldOut }: CopiedGrids, w: typeof en): Part[] {
  const row = (name: string, one: CopiedGrids["samples"]) => [
    name,
    percent(one.share),
    w.columns(one.longest),
  ];
  return [
    {
      head: ["", w.windows, w.longest],
      table: [row(w.samples, samples), ...(heldOut ? [row(w.heldOut, heldOut)] : [])],
      numbers: [1, 2],
    },
    { text: w.copiedNote, tone: "note" },
  ];
}

function exposureParts(all: readonly Exposure[], w: typeof en): Part[] {
  const bars = all.map(({ prefix, secret, exposure, exact }): Bar => {
    const name = `${oneLine(prefix.slice(-24), 24).trimEnd()} ${secret}`;
    return { name, value: exposure, words: `${exact ? "" : w.atMost}${exposure.toFixed(1)}` };
  });
  const [{ space }] = all;
  return [
    { bars, most: Math.max(1, ...all.map((one) => Math.log2(one.space))) },
    {
      head: [w.secret, w.rank, w.of, w.bits],
      table: all.map((one) => [
        one.secret,
        whole(one.rank),
        whole(one.space),
        `${one.exact ? "" : w.atMost}${one.exposure.toFixed(2)}`,
      ]),
      numbers: [1, 2, 3],
    },
    { text: w.exposureNote(space), tone: "note" },
  ];
}

function neighbourParts(
  found: NearestTraining,
  w: typeof en,
  near: Uint8Array | undefined,
): Part[] {
  const { pixels, features, samples, same, among } = found;
  const row = (name: string, one: Likeness) => [
    name,
    short(one.samples),
    one.heldOut === undefined ? "" : short(one.heldOut),
    one.near === undefined
      ? ""
      : `${percent(one.near)} (${one.interval!.map(percent).join(" … ")})`,
  ];
  return [
    {
      head: ["", `${w.median}, ${w.samples}`, w.heldOut, w.near],
      table: [row(w.pixels, pixels), ...(features ? [row(w.features, features)] : [])],
      numbers: [1, 2, 3],
    },
    { text: w.same(same, samples) },
    ...(near ? [{ picture: near, alt: w.nearest, caption: w.nearest }] : []),
    { text: w.neighboursNote(among), tone: "note" },
  ];
}
