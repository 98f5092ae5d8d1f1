// Why a model of texts said what it said.

import {
  type AttentionMap,
  attentionMaps,
  logitLens,
  neurons,
  type PairInput,
  saliency,
  type TextInput,
  trace,
} from "../../entries/insight.js";
import { ImageSet, type LanguageModel, type Seq2Seq } from "../../entries/node.js";
import { Failure } from "../errors.js";
import type { ExplainWords } from "../show/explain-words.js";
import { percent } from "../show/format.js";
import type { Part, Section } from "../show/page.js";
import { tokenMap } from "../show/token-map.js";
import { type Explained, rounded } from "./explained.js";

/** How texts are explained. */
export interface TextAsked {
  readonly method?: "gradient-input" | "integrated-gradients" | undefined;
  readonly maxTokens: number;
  /** Further texts on which units are looked at. */
  readonly texts: readonly string[];
}

/** Tokens whose reasons are shown one by one. */
const STRIPS = 12;
/** Units that are shown. */
const UNITS = 5;

/**
 * @param before what the model is asked
 * @param answer what is explained; by default what the model says
 */
export async function explainText(
  model: LanguageModel,
  before: Omit<TextInput, "text">,
  answer: string | undefined,
  asked: TextAsked,
  w: ExplainWords,
): Promise<Explained> {
  const { maxTokens } = asked;
  const text = answer ?? model.generate({ ...before, greedy: true, maxTokens }).text;
  if (text === "") {
    throw new Failure(
      answer === undefined
        ? "the model says nothing after this prompt: give another one, or --text"
        : "--text is empty; expected what the model says, or would have said",
    );
  }
  return explainRead(model, { ...before, text }, text, asked, answer === undefined, w);
}

export async function explainPair(
  model: Seq2Seq,
  source: string,
  answer: string | undefined,
  asked: TextAsked,
  w: ExplainWords,
): Promise<Explained> {
  const { maxTokens } = asked;
  const target = answer ?? model.generate({ source, greedy: true, maxTokens }).text;
  return explainRead(model, { source, target }, target, asked, answer === undefined, w);
}

async function explainRead(
  model: LanguageModel | Seq2Seq,
  input: TextInput | PairInput,
  answer: string,
  asked: TextAsked,
  own: boolean,
  w: ExplainWords,
): Promise<Explained> {
  const { method } = asked;
  const { result, activations } = await trace(model as LanguageModel, input as TextInput);
  const { tokens } = result;
  // Rounded weights have no gradients: all else is shown.
  const { explained, at } = model.quantized
    ? { explained: [], at: undefined }
    : await saliency(model as LanguageModel, input as TextInput, { method });
  const lens = await logitLens(model as LanguageModel, input as TextInput, { top: 3 });
  const attends = Object.keys(activations).some((name) => name.endsWith(".weights"));
  const maps = attends
    ? (await attentionMaps(model as LanguageModel, input as TextInput)).maps
    : [];
  const gap =
    method === "integrated-gradients"
      ? Math.max(...explained.map((one) => Math.abs(one.gap!)))
      : undefined;
  const map = {
    columns: tokens,
    rows: explained.map(({ target }) => String(target)),
    weights: explained.map(({ scores }) => scores),
    notes: explained.map(({ value }) => percent(Math.exp(value))),
  };
  const from = explained.length > 0 ? result.targets.length - explained.length : 0;
  const unitsAt = unitsOf(Object.keys(activations));
  const inputs =
    asked.texts.length > 0 && "text" in input
      ? asked.texts.map((text) => ({ text, ...(input.labels && { labels: input.labels }) }))
      : [input];
  const units = unitsAt
    ? (await neurons(model as LanguageModel, inputs as TextInput[], { at: unitsAt, top: 8 })).slice(
        0,
        UNITS,
      )
    : [];
  const before =
    "source" in input
      ? input.source
      : (input.messages?.map(({ content }) => content).join("\n") ?? input.prompt ?? "");
  const answered = readBefore(input, result);
  const why = (): Section => ({
    title: w.saliency,
    parts: [
      ...explained.slice(0, STRIPS).flatMap((one) => strip(one, tokens)),
      { svg: tokenMap(map), wide: true, alt: w.map, caption: w.map },
      { text: w.saliencyNote(method ?? "gradient × input", gap), tone: "note" },
    ],
  });
  const sections: Section[] = [
    {
      title: w.said,
      parts: [
        { code: `${before}⟦${answer}⟧` },
        { text: w.saidNote(own ? w.greedy : w.given), tone: "note" },
      ],
    },
    ...(explained.length > 0 ? [why()] : []),
    // One layer says what the model says.
    ...(lens.layers.length > 1
      ? [
          {
            title: w.lens,
            parts: [
              lensTable(lens, answered, from, w),
              { text: w.lensNote, tone: "note" } as const,
            ],
          },
        ]
      : []),
    ...(maps.length > 0 ? [await attentionSection(maps, tokens, result.targets, w)] : []),
    ...(unitsAt && units.length > 0
      ? [
          {
            title: w.neurons,
            parts: [
              ...(await unitParts(model, inputs, unitsAt, units, w)),
              { text: w.neuronsNote(unitsAt, inputs.length), tone: "note" } as const,
            ],
          },
        ]
      : []),
  ];
  return {
    of: answer,
    sections,
    ...(explained.length > 0 && { svg: tokenMap(map, true) }),
    json: {
      ...("source" in input ? { source: input.source } : promptOf(input)),
      answer,
      saliency: {
        method: method ?? "gradient-input",
        at,
        tokens,
        explained: explained.map(({ target, value, scores, baseline, gap }) => ({
          ...{ target, logProb: value, scores: rounded(scores), baseline, gap },
        })),
      },
      lens: {
        tokens: lens.tokens,
        targets: lens.targets,
        layers: lens.layers.map(({ name, top, logProbs }) => ({
          ...{ name, top, logProbs: rounded(logProbs) },
        })),
      },
      attention: maps.map(({ name, queries, keys, weights }) => ({
        ...{ name, queries, keys, heads: weights[0].map(rounded) },
      })),
      neurons: { at: unitsAt, units },
    },
  };
}

/** What was read where each target was said: by a decoder, the answer up to there. */
function readBefore(
  input: TextInput | PairInput,
  { tokens, targets }: { readonly tokens: readonly string[]; readonly targets: readonly string[] },
): readonly string[] {
  return "source" in input ? ["", ...targets.slice(0, -1)] : tokens;
}

function promptOf({ prompt, messages, labels }: TextInput): object {
  return { ...(messages ? { messages } : { prompt }), ...(labels && { labels }) };
}

/** A token, and what was read on grounds as strong as it spoke. */
function strip(
  { target, value, scores }: { target: string | number; value: number; scores: Float32Array },
  tokens: readonly string[],
): Part[] {
  const most = Math.max(1e-12, ...scores.map(Math.abs));
  const name = target === "" ? "∅" : JSON.stringify(target);
  return [
    { text: `${name}, p ${percent(Math.exp(value))}`, tone: "note" },
    {
      tokens: tokens.map((text, i) => ({
        text,
        weight: scores[i] / most,
        title: scores[i].toFixed(3),
      })),
    },
  ];
}

function lensTable(
  lens: Awaited<ReturnType<typeof logitLens>>,
  before: readonly string[],
  from: number,
  w: ExplainWords,
): Part {
  const places = lens.targets.map((_, i) => i).slice(from);
  const say = (token: string) => (token === "" ? "∅" : JSON.stringify(token));
  return {
    head: [
      w.place,
      ...lens.layers.map(({ name }) => name.replace(/^(model|transformer)\./, "")),
      w.said2,
    ],
    table: places.map((t) => [
      say(before[t] ?? ""),
      ...lens.layers.map(
        ({ top }) => `${say(top[t][0].token)} ${percent(Math.exp(top[t][0].logProb))}`,
      ),
      say(lens.targets[t]),
    ]),
    // In one line each: on a telephone the table is moved to the side.
    numbers: Array.from({ length: lens.layers.length + 2 }, (_, i) => i),
  };
}

async function attentionSection(
  maps: readonly AttentionMap[],
  tokens: readonly string[],
  targets: readonly string[],
  w: ExplainWords,
): Promise<Section> {
  // One that looks from the answer to the source is shown with its words; the rest side by side.
  const aligned = maps.filter(
    ({ queries, keys }) => queries === targets.length && keys === tokens.length,
  );
  const cross = aligned.filter(({ name }) => /cross|^attention/.test(name)).pop();
  const parts: Part[] = [];
  if (cross) {
    const heads = cross.weights[0];
    const mean = heads[0].map((_, i) => heads.reduce((sum, one) => sum + one[i], 0) / heads.length);
    const rows = targets.map((_, t) => mean.subarray(t * cross.keys, (t + 1) * cross.keys));
    const svg = tokenMap({ columns: tokens, rows: targets, weights: rows });
    parts.push({ text: w.alignment }, { svg, wide: true, alt: w.alignment });
  }
  const sizes = new Set(maps.map(({ queries, keys }) => `${queries} ${keys}`));
  for (const size of sizes) {
    const own = maps.filter(({ queries, keys }) => `${queries} ${keys}` === size);
    const heads = own.flatMap(({ weights }) => weights[0]);
    const picture = await headSheet(own);
    const alt = own.map(({ name }) => name).join(", ");
    parts.push({ picture, alt, caption: alt });
    if (size === Array.from(sizes).pop()) {
      parts.push({ text: w.attentionNote(heads.length), tone: "note" });
    }
  }
  return { title: w.attention, parts };
}

/** Maps side by side: a row a layer, a column a head; darker is more. */
async function headSheet(maps: readonly AttentionMap[]): Promise<Uint8Array> {
  const [{ queries, keys }] = maps;
  const heads = maps.flatMap(({ weights }) => weights[0]);
  const columns = Math.max(...maps.map(({ weights }) => weights[0].length));
  const pixels = new Uint8Array(heads.length * queries * keys);
  heads.forEach((map, h) => {
    map.forEach((weight, i) => {
      pixels[h * queries * keys + i] = Math.round(255 * (1 - Math.sqrt(Math.min(1, weight))));
    });
  });
  const set = new ImageSet({ pixels, height: queries, width: keys, channels: 1 });
  const scale = Math.max(1, Math.min(6, Math.floor(720 / ((keys + 1) * columns))));
  return set.grid({ columns, gap: 1, scale, background: "#8c8c8c" });
}

async function unitParts(
  model: LanguageModel | Seq2Seq,
  inputs: readonly (TextInput | PairInput)[],
  at: string,
  units: Awaited<ReturnType<typeof neurons>>,
  w: ExplainWords,
): Promise<Part[]> {
  const parts: Part[] = [];
  for (const { unit, excited } of units) {
    const [{ value, input, place }] = excited;
    const one = inputs[input];
    const { result, activations } = await trace(model as LanguageModel, one as TextInput, {
      names: [at],
    });
    const { shape, values } = activations[at];
    const width = shape[shape.length - 1];
    const from = Math.max(0, place - 40);
    const read = readBefore(one, result);
    const own = read.slice(from, place + 20).map((_, i) => values[(from + i) * width + unit]);
    const most = Math.max(1e-12, ...own.map(Math.abs));
    const tokens = own.map((value, i) => ({
      text: read[from + i] === "" ? "∅" : read[from + i],
      weight: value / most,
      title: value.toFixed(3),
    }));
    parts.push({ text: w.unit(unit, value), tone: "note" }, { tokens });
  }
  return parts;
}

/** The activation whose units say most: inside the last feed-forward layer, or the last recurrent one. */
function unitsOf(names: readonly string[]): string | undefined {
  const last = (pattern: RegExp) => names.filter((name) => pattern.test(name)).pop();
  return last(/mlp\.(gate_proj|c_fc)$/) ?? last(/(^|\.)(lstm|gru)$/);
}
