// A report of fairness: what each audit found, and what such numbers do not show.

import type {
  Distribution,
  GroupDifferences,
  QualityReport,
  Share,
  VariantPair,
} from "../../entries/fairness.js";
import type { Finding } from "../run/fairness.js";
import {
  type Bar,
  type Language,
  type Page,
  type Part,
  type Section,
  short,
  type Words,
} from "./page.js";

/** Texts of the report. */
interface Texts {
  readonly title: string;
  readonly summary: string;
  /** Between a title and a sentence. */
  readonly stop: string;
  readonly distribution: (attribute: string, by?: string) => string;
  readonly substitution: (by: string) => string;
  readonly pairs: string;
  readonly templates: string;
  readonly quality: (attribute: string | undefined, by?: string) => string;
  readonly against: string;
  readonly differsFrom: (value: string, share: string, interval: string, target: string) => string;
  readonly fits: (trials: number) => string;
  readonly groupsDiffer: (
    value: string,
    high: string,
    low: string,
    points: string,
    from: string,
    to: string,
  ) => string;
  readonly groupsAlike: (points: string, value: string) => string;
  readonly groupHead: (value: string) => string;
  readonly likelihood: string;
  readonly samples: string;
  readonly likelier: (a: string, b: string, share: string, interval: string) => string;
  readonly head: readonly string[];
  readonly unknown: (n: number) => string;
  readonly correlation: (r: string, kinds: number) => string;
  readonly accuracy: string;
  readonly all: string;
  readonly precision: string;
  readonly recall: string;
  readonly class: string;
  readonly group: string;
  readonly examples: string;
  readonly gap: (points: string, high: string, low: string) => string;
  readonly chrF: string;
  readonly measure: string;
  readonly limits: string;
  readonly said: readonly string[];
}

const words: Words<Texts> = {
  en: {
    title: "Fairness",
    summary: "In short",
    stop: ". ",
    distribution: (attribute, by) =>
      by === undefined
        ? `What is generated: ${attribute}`
        : `What is generated: ${attribute}, by ${by}`,
    substitution: (by) => `The same text about others: ${by}`,
    pairs: "Paired sentences",
    templates: "Templates",
    quality: (attribute, by) =>
      `Quality${attribute === undefined ? "" : `: ${attribute}`}${by === undefined ? "" : `, by ${by}`}`,
    against: "Bars are shares with their exact intervals; a line marks what is wanted.",
    differsFrom: (value, share, interval, target) =>
      `${value} is generated in ${share} (${interval}), wanted is ${target}.`,
    fits: (trials) =>
      `No share differs from what is wanted by more than chance, in ${trials} samples.`,
    groupsDiffer: (value, high, low, points, from, to) =>
      `${value}: ${points} points more with ${high} than with ${low} (between ${from} and ${to}).`,
    groupsAlike: (points, value) =>
      `No difference between groups is certain; the largest found is ${points} points, of ${value}.`,
    groupHead: (value) => `Share of ${value} in each group:`,
    likelihood: "How probable the texts are",
    samples: "What follows the prompts",
    likelier: (a, b, share, interval) =>
      `${a} is likelier than ${b} in ${share} of texts (${interval}).`,
    head: ["", "pair", "texts", "likelier", "interval", "mean, nats", "gap, nats"],
    unknown: (n) => `${n} characters that the model does not know were left out.`,
    correlation: (r, kinds) =>
      `Correlation of the mean with the figures: ${r}, over ${kinds} kinds.`,
    accuracy: "right",
    all: "all",
    precision: "precision",
    recall: "recall",
    class: "class",
    group: "group",
    examples: "examples",
    gap: (points, high, low) => `Largest difference: ${points}, ${high} over ${low}.`,
    chrF: "chrF",
    measure: "measure",
    limits: "What this does not show",
    said: [
      "Intervals are of chance in sampling alone. They say nothing of how well a classifier or a list of words reads an attribute; its errors are in every figure.",
      "Groups and attributes are those of the specification. Others, and their combinations, may be treated otherwise.",
      "Substituted words, paired sentences and templates show what a model does with these texts. A small or absent difference does not show that it treats nobody worse elsewhere.",
      "Equal shares are a choice, not a proof of fairness: what is fair depends on use, and measures of it exclude one another.",
      "Paired sentences are measured by the log-probability of whole sentences; figures of masked models are other figures.",
    ],
  },
  zh: {
    title: "公平性",
    summary: "摘要",
    stop: "。",
    distribution: (attribute, by) =>
      by === undefined
        ? `生成结果的分布：${attribute}`
        : `生成结果的分布：${attribute}，按 ${by} 分组`,
    substitution: (by) => `换一个群体的同一段文字：${by}`,
    pairs: "成对的句子",
    templates: "模板",
    quality: (attribute, by) =>
      `质量${attribute === undefined ? "" : `：${attribute}`}${by === undefined ? "" : `，按 ${by} 分组`}`,
    against: "条形为所占比例及其精确区间；竖线为目标。",
    differsFrom: (value, share, interval, target) =>
      `${value} 占 ${share}（${interval}），目标为 ${target}。`,
    fits: (trials) => `共 ${trials} 个样本，没有比例与目标的差别超出偶然。`,
    groupsDiffer: (value, high, low, points, from, to) =>
      `${value}：${high} 比 ${low} 高 ${points} 个百分点（在 ${from} 与 ${to} 之间）。`,
    groupsAlike: (points, value) =>
      `各组之间没有确定的差别；最大的差别为 ${value} 的 ${points} 个百分点。`,
    groupHead: (value) => `各组中 ${value} 所占比例：`,
    likelihood: "文字的概率",
    samples: "提示之后的内容",
    likelier: (a, b, share, interval) =>
      `在 ${share} 的文字中 ${a} 比 ${b} 更可能（${interval}）。`,
    head: ["", "对比", "文字数", "更可能", "区间", "平均差（nats）", "平均绝对差（nats）"],
    unknown: (n) => `略去了模型不认识的 ${n} 个字符。`,
    correlation: (r, kinds) => `平均差与所给数字的相关系数：${r}（${kinds} 类）。`,
    accuracy: "正确",
    all: "全部",
    precision: "精确率",
    recall: "召回率",
    class: "类别",
    group: "组",
    examples: "样本数",
    gap: (points, high, low) => `最大差别：${points}，${high} 高于 ${low}。`,
    chrF: "chrF",
    measure: "度量",
    limits: "这些数字不能说明什么",
    said: [
      "区间只反映抽样的偶然，不反映分类器或词表读取属性的好坏；它们的错误包含在每个数字里。",
      "群体与属性由说明文件给出。其他群体、其他属性以及它们的组合可能受到不同的对待。",
      "替换词语、成对句子与模板只说明模型如何对待这些文字。差别小或没有差别，并不说明模型在别处不会亏待任何人。",
      "比例相等是一种选择，并非公平的证明：何为公平取决于用途，各种公平度量往往互相排斥。",
      "成对句子按整句的对数概率度量；掩码模型的数字是另一种数字，不可比较。",
    ],
  },
};

/** The report as data. */
export function fairnessPage(
  model: string,
  findings: readonly Finding[],
  language: Language,
): Page {
  const texts = words[language];
  const sections = findings.map((one) => sectionOf(one, texts));
  const verdicts = sections.flatMap(({ title, parts }) =>
    parts.flatMap((part) =>
      "text" in part && part.tone && part.tone !== "note" ? [[title, part] as const] : [],
    ),
  );
  const summary: Section = {
    title: texts.summary,
    parts: verdicts.map(([title, { text, tone }]) => ({ text: title + texts.stop + text, tone })),
  };
  return {
    language,
    title: texts.title,
    subtitle: model,
    sections: [
      ...(verdicts.length > 0 ? [summary] : []),
      ...sections,
      { title: texts.limits, parts: texts.said.map((text): Part => ({ text })) },
    ],
  };
}

function sectionOf(one: Finding, texts: Texts): Section {
  switch (one.audit) {
    case "distribution":
      return {
        title: texts.distribution(one.attribute, one.by),
        parts: [
          ...distributionParts(one.found, texts),
          ...(one.groups ? groupParts(one.groups, texts) : []),
        ],
      };
    case "substitution": {
      const { likelihood, groups } = one;
      return {
        title: texts.substitution(one.by),
        parts: [
          ...(likelihood ? [{ text: texts.likelihood }, ...variantParts(likelihood, texts)] : []),
          ...(groups ? [{ text: texts.samples }, ...groupParts(groups, texts)] : []),
        ],
      };
    }
    case "pairs":
      return { title: texts.pairs, parts: variantParts(one.found, texts) };
    case "templates": {
      const { correlation: found } = one;
      const r = found ? [{ text: texts.correlation(short(found.r), found.kinds) }] : [];
      return { title: texts.templates, parts: [...variantParts(one.found, texts), ...r] };
    }
    case "quality":
      return { title: texts.quality(one.attribute, one.by), parts: qualityParts(one, texts) };
  }
}

/** One digit after the point, as an interval deserves. */
function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}

function interval({ low, high }: Pick<Share, "low" | "high">): string {
  return `${(100 * low).toFixed(1)} – ${percent(high)}`;
}

function bar(name: string, share: Share, colour = 0): Bar {
  const said = `${percent(share.share)}  (${share.count}/${share.trials})`;
  return { name, value: share.share, words: said, interval: [share.low, share.high], colour };
}

/** Of two values, one says it all. */
function saying<T>(values: readonly T[]): readonly T[] {
  return values.length === 2 ? values.slice(0, 1) : values;
}

function distributionParts({ values, trials, differs }: Distribution, texts: Texts): Part[] {
  const apart = saying(values).filter((one) => one.differs);
  const verdict: Part[] = differs
    ? apart.map((one) => ({
        text: texts.differsFrom(one.value, percent(one.share), interval(one), percent(one.target)),
        tone: "bad" as const,
      }))
    : [{ text: texts.fits(trials), tone: "good" }];
  const bars = values.map((one) => ({ ...bar(one.value, one), mark: one.target }));
  return [...verdict, { bars, most: 1 }, { text: texts.against, tone: "note" }];
}

/** Percentage points. */
function points(difference: number): string {
  return (100 * difference).toFixed(1);
}

function groupParts({ values: all, differs }: GroupDifferences, texts: Texts): Part[] {
  const values = saying(all);
  const apart = values.filter((one) => one.differs);
  const [most] = [...values].sort((a, b) => b.difference - a.difference);
  const verdict: Part[] = differs
    ? apart.map((one) => ({
        text: texts.groupsDiffer(
          ...([one.value, one.highest, one.lowest, points(one.difference)] as const),
          ...([points(one.low), points(one.high)] as const),
        ),
        tone: "bad" as const,
      }))
    : [{ text: texts.groupsAlike(points(most.difference), most.value), tone: "good" }];
  return [
    ...verdict,
    ...values.flatMap((one): Part[] => [
      { text: texts.groupHead(one.value), tone: "note" },
      { bars: one.groups.map((own, i) => bar(own.group, own, i)), most: 1 },
    ]),
  ];
}

/** What is shown of many kinds: those in which variants differ most. */
const MOST_KINDS = 20;

function variantParts(
  {
    pairs,
    kinds,
    unknown,
  }: {
    readonly pairs: readonly VariantPair[];
    readonly kinds: readonly { readonly kind: string; readonly pairs: readonly VariantPair[] }[];
    readonly unknown: number;
  },
  texts: Texts,
): Part[] {
  const row = (kind: string, { a, b, likelier, mean, gap }: VariantPair) => [
    ...[kind, `${a} / ${b}`, String(likelier.trials), percent(likelier.share)],
    ...[interval(likelier), short(mean), short(gap)],
  ];
  const shown = [...kinds]
    .sort((a, b) => Math.abs(b.pairs[0]?.mean ?? 0) - Math.abs(a.pairs[0]?.mean ?? 0))
    .slice(0, MOST_KINDS);
  const rows = [
    ...pairs.map((one) => row(texts.all, one)),
    ...shown.flatMap(({ kind, pairs }) => pairs.map((one) => row(kind, one))),
  ];
  return [
    ...pairs.map(({ a, b, likelier }): Part => {
      const even = likelier.low <= 0.5 && likelier.high >= 0.5;
      const text = texts.likelier(a, b, percent(likelier.share), interval(likelier));
      return { text, tone: even ? "good" : "bad" };
    }),
    { table: rows, head: texts.head, numbers: [2, 3, 4, 5, 6] },
    ...(unknown > 0 ? [{ text: texts.unknown(unknown), tone: "note" } as const] : []),
  ];
}

function qualityParts(one: Extract<Finding, { audit: "quality" }>, texts: Texts): Part[] {
  const { quality, translation, measured } = one;
  if (quality) return classParts(quality, texts);
  if (translation) {
    const all = { group: texts.all, chrF: translation.chrF, sentences: translation.sentences };
    const { gap } = translation;
    return [
      {
        bars: [all, ...translation.groups].map(({ group, chrF, sentences }, i) => ({
          ...{
            name: `${group} (${sentences})`,
            value: chrF,
            words: chrF.toFixed(1),
            colour: i === 0 ? 0 : 1,
          },
        })),
        most: 100,
      },
      ...(gap
        ? [
            {
              text: texts.gap(
                `${gap.difference.toFixed(1)} ${texts.chrF}`,
                gap.highest,
                gap.lowest,
              ),
            },
          ]
        : []),
    ];
  }
  const groups = measured?.groups ?? [];
  const names = Object.entries(groups[0]?.score ?? {}).flatMap(([name, value]) =>
    typeof value === "number" && name !== "examples" ? name : [],
  );
  return [
    {
      head: [texts.group, texts.examples, ...names],
      numbers: Array.from({ length: names.length + 1 }, (_, i) => i + 1),
      table: groups.map(({ group, examples, score }) => [
        ...[group, String(examples)],
        ...names.map((name) => short(Number(score[name]))),
      ]),
    },
  ];
}

function classParts(
  { accuracy, classes, groups, gap, recallGaps = [] }: QualityReport,
  texts: Texts,
): Part[] {
  const said = (share: Share | undefined) =>
    share ? `${percent(share.share)} (${interval(share)})` : "–";
  const rows = [{ group: texts.all, classes }, ...groups].flatMap((own) =>
    own.classes.map(({ value, precision, recall }) => [
      own.group,
      value,
      said(precision),
      said(recall),
    ]),
  );
  return [
    { text: `${texts.accuracy}:`, tone: "note" },
    {
      bars: [bar(texts.all, accuracy), ...groups.map((own) => bar(own.group, own.accuracy, 1))],
      most: 1,
    },
    ...(gap ? [{ text: texts.gap(percent(gap.difference), gap.highest, gap.lowest) }] : []),
    {
      table: rows,
      head: [texts.group, texts.class, texts.precision, texts.recall],
      numbers: [2, 3],
    },
    ...recallGaps.map(({ value, difference, highest, lowest }): Part => {
      return {
        text: `${value}, ${texts.recall}${texts.stop}${texts.gap(percent(difference), highest, lowest)}`,
        tone: "note",
      };
    }),
  ];
}
