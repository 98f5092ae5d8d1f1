// What is audited, as a file says it: attributes, which are the user's, and audits of them. Plain data; nothing is read here.

import {
  checkChoice,
  checkKeys,
  checkNumber,
  describe,
  InvalidInputError,
  listed,
} from "../host/errors.js";
import { checkConfidence } from "../metrics/binomial.js";
import { sharesOf, type Target } from "./targets.js";
import type { TemplateSlots } from "./variants.js";
import { checkWords, type GroupWords, textReader } from "./words.js";

/** A list, or the name of a file with one a line. */
export type ListOrFile = string | readonly string[];

/**
 * How an attribute is read off a sample or an example. `label` alone: what is asked of the model, or said of the data, under this name.
 * `classifier`: what a model of this file sees in pictures under `label`. `words`, `patterns`, `lists`: as `textReader` reads texts, and
 * `words` can be substituted, too; a `label` with them is what a model is asked for to get such texts.
 */
export type AttributeSpec = { readonly label?: string } & (
  | { readonly label: string }
  | { readonly classifier: string; readonly label: string }
  | { readonly words: Readonly<Record<string, ListOrFile>> }
  | { readonly patterns: Readonly<Record<string, string>> }
  | { readonly lists: Readonly<Record<string, ListOrFile>> }
);

/** How often each value of an attribute is generated, in all or by another attribute. */
export interface DistributionSpec {
  readonly audit: "distribution";
  readonly attribute: string;
  /** The groups: of a `label` that the model can be asked for, `samples` are asked of each. */
  readonly by?: string;
  /** Default "uniform"; "data": as it is in the data. */
  readonly against?: Target | "data";
  /** What is continued; the samples are divided among them. */
  readonly prompts?: ListOrFile;
  /** What else is asked of the model. */
  readonly labels?: Readonly<Record<string, string>>;
  readonly samples?: number;
}

/** Texts, and prompts, about one group as about another. */
export interface SubstitutionSpec {
  readonly audit: "substitution";
  /** An attribute with `words`. */
  readonly by: string;
  /** Whose log-probability is compared. */
  readonly texts?: ListOrFile;
  /** What is continued; with `attribute`, which is read off the samples. */
  readonly prompts?: ListOrFile;
  readonly attribute?: string;
  /** Of each prompt and group. */
  readonly samples?: number;
}

/** Paired sentences, such as those of CrowS-Pairs. */
export interface PairsSpec {
  readonly audit: "pairs";
  /** [more, less] each, or a table (CSV or TSV) with a line of names. */
  readonly pairs: string | readonly (readonly [more: string, less: string])[];
  /** Columns of the table. Default "sent_more". */
  readonly more?: string;
  /** Default "sent_less". */
  readonly less?: string;
  /** A column by which figures are given, too. */
  readonly kind?: string;
}

/** Templates with slots, such as Winogender's. */
export interface TemplatesSpec {
  readonly audit: "templates";
  /** Texts with `$NAME`, or a table (CSV or TSV) with a line of names. */
  readonly templates: ListOrFile;
  /** The column of the text. Default "sentence". */
  readonly text?: string;
  /** A column by which figures are given, too. */
  readonly kind?: string;
  /** Slots that are the same in all variants: the columns that they are in. */
  readonly fill?: Readonly<Record<string, string>>;
  /** By variant and slot. */
  readonly variants: TemplateSlots;
  /** A table with a figure for each kind, to correlate the first two variants with. */
  readonly figures?: { readonly file: string; readonly kind: string; readonly figure: string };
}

/** How good a model is, in all and by group. */
export interface QualitySpec {
  readonly audit: "quality";
  /**
   * What is right or wrong: a label that a classifier says; or, of a model that makes what it is asked for, an attribute whose `label` is asked
   * for and which is read off what comes. Without it, the model's own measure of data; chrF of translations.
   */
  readonly attribute?: string;
  readonly by?: string;
  /** Of each class that is asked for. */
  readonly samples?: number;
}

/** One audit. */
export type AuditSpec =
  | DistributionSpec
  | SubstitutionSpec
  | PairsSpec
  | TemplatesSpec
  | QualitySpec;

/** A file of `simdream fairness --spec`. */
export interface FairnessSpec {
  readonly attributes?: Readonly<Record<string, AttributeSpec>>;
  readonly audits: readonly AuditSpec[];
  /** Of each distribution, where it says no other. Default 400. */
  readonly samples?: number;
  /** Sample i is drawn with seed + i. Default 0. */
  readonly seed?: number;
  /** Of each interval. Default 0.95. */
  readonly confidence?: number;
  /** Tokens of each text that is generated. Default 60. */
  readonly maxTokens?: number;
  /** Default 1. */
  readonly temperature?: number;
  /** What a model of one text has read before the texts that are measured. Default "\n". */
  readonly prefix?: string;
}

const kinds = ["distribution", "substitution", "pairs", "templates", "quality"] as const;
const fields = {
  distribution: ["attribute", "by", "against", "prompts", "labels", "samples"],
  substitution: ["by", "texts", "prompts", "attribute", "samples"],
  pairs: ["pairs", "more", "less", "kind"],
  templates: ["templates", "text", "kind", "fill", "variants", "figures"],
  quality: ["attribute", "by", "samples"],
} as const;

/**
 * Returns the specification where everything in it is known and fits. Files are not looked at.
 * @throws InvalidInputError naming the first place that does not
 */
export function checkFairnessSpec(json: unknown): FairnessSpec {
  const spec = objectOf("the specification", json) as unknown as FairnessSpec;
  checkKeys("the specification", spec, [
    ...["attributes", "audits", "samples", "seed", "confidence", "maxTokens", "temperature"],
    "prefix",
  ]);
  const { attributes = {}, audits } = spec;
  for (const [name, one] of Object.entries(objectOf("attributes", attributes))) {
    checkAttribute(`attributes.${name}`, one);
  }
  if (!Array.isArray(audits) || audits.length === 0) {
    throw new InvalidInputError(`audits must be a list of at least one, got ${describe(audits)}`);
  }
  for (const [i, one] of audits.entries()) checkAudit(`audits[${i}]`, one, attributes);
  whole("samples", spec.samples, 1);
  whole("maxTokens", spec.maxTokens, 1);
  whole("seed", spec.seed, 0);
  if (spec.confidence !== undefined) checkConfidence(spec.confidence);
  if (spec.temperature !== undefined) checkNumber("temperature", spec.temperature, { min: 0 });
  if (spec.prefix !== undefined) textOf("prefix", spec.prefix);
  return spec;
}

function checkAttribute(name: string, one: unknown): void {
  const keys = Object.keys(objectOf(name, one));
  const own = one as Readonly<Record<string, unknown>>;
  checkKeys(name, own, ["label", "classifier", "words", "patterns", "lists"]);
  const reader = keys.find((key) => key !== "label") ?? keys[0];
  const alone = keys.every((key) => key === reader || key === "label");
  if (reader === undefined || !alone || (reader === "classifier" && keys.length < 2)) {
    throw new InvalidInputError(
      `${name} must have one of label, words, patterns and lists, or classifier with label, got ${listed(keys) || "nothing"}`,
    );
  }
  if (own.label !== undefined) textOf(`${name}.label`, own.label);
  if (reader === "label") return;
  if (reader === "classifier") {
    textOf(`${name}.classifier`, own.classifier);
    return;
  }
  const values = objectOf(`${name}.${reader}`, own[reader]);
  for (const [value, list] of Object.entries(values)) {
    if (reader === "patterns") textOf(`${name}.patterns.${value}`, list);
    else listOf(`${name}.${reader}.${value}`, list);
  }
  const inPlace = Object.values(values).every((list) => typeof list !== "string");
  if (reader === "words" && inPlace) checkWords(`${name}.words`, values as GroupWords);
  if (reader === "patterns") textReader({ patterns: values as Record<string, string> });
}

function checkAudit(
  name: string,
  json: unknown,
  attributes: Readonly<Record<string, AttributeSpec>>,
): void {
  const one = objectOf(name, json);
  const kind = checkChoice(`${name}.audit`, one.audit, kinds);
  checkKeys(`${name} (${kind})`, one, ["audit", ...fields[kind]]);
  for (const key of ["attribute", "by"]) {
    const value = one[key];
    if (value === undefined) continue;
    if (typeof value === "string" && Object.hasOwn(attributes, value)) continue;
    throw new InvalidInputError(
      `${name}.${key} must be one of the attributes (${listed(Object.keys(attributes)) || "there are none"}), got ${describe(value)}`,
    );
  }
  whole(`${name}.samples`, one.samples, 1);
  for (const key of ["prompts", "texts", "templates"]) {
    if (one[key] !== undefined) listOf(`${name}.${key}`, one[key]);
  }
  for (const key of ["more", "less", "kind", "text"]) {
    if (one[key] !== undefined) textOf(`${name}.${key}`, one[key]);
  }
  checks[kind](name, one, attributes);
}

const checks: Record<
  (typeof kinds)[number],
  (
    name: string,
    one: Readonly<Record<string, unknown>>,
    attributes: Readonly<Record<string, AttributeSpec>>,
  ) => void
> = {
  distribution(name, one) {
    need(name, one, "attribute");
    const { against = "uniform", labels = {} } = one;
    if (against !== "data") sharesOf(`${name}.against`, against as Target, ["any"]);
    for (const [label, value] of Object.entries(objectOf(`${name}.labels`, labels))) {
      textOf(`${name}.labels.${label}`, value);
    }
  },
  substitution(name, one, attributes) {
    need(name, one, "by");
    if (!("words" in attributes[one.by as string])) {
      throw new InvalidInputError(
        `${name}.by must be an attribute with words, which can be substituted, got ${describe(one.by)}`,
      );
    }
    const sampled = one.prompts !== undefined;
    if (sampled) need(name, one, "attribute");
    if (sampled || one.texts !== undefined) return;
    throw new InvalidInputError(`${name} needs texts to measure, or prompts to continue`);
  },
  pairs(name, one) {
    need(name, one, "pairs");
    const { pairs } = one;
    if (typeof pairs === "string") return void textOf(`${name}.pairs`, pairs);
    const fits = (pair: unknown) =>
      Array.isArray(pair) && pair.length === 2 && pair.every((text) => typeof text === "string");
    if (Array.isArray(pairs) && pairs.length > 0 && pairs.every(fits)) return;
    throw new InvalidInputError(
      `${name}.pairs must be a file, or a list of [more, less] texts, got ${describe(pairs)}`,
    );
  },
  templates(name, one) {
    need(name, one, "templates");
    need(name, one, "variants");
    const variants = Object.entries(objectOf(`${name}.variants`, one.variants));
    if (variants.length < 2) {
      throw new InvalidInputError(`${name}.variants must be at least two, got ${variants.length}`);
    }
    for (const [variant, slots] of variants) {
      const where = `${name}.variants.${variant}`;
      for (const [slot, word] of Object.entries(objectOf(where, slots)))
        textOf(`${where}.${slot}`, word);
    }
    for (const [slot, column] of Object.entries(objectOf(`${name}.fill`, one.fill ?? {}))) {
      textOf(`${name}.fill.${slot}`, column);
    }
    if (one.figures === undefined) return;
    const figures = objectOf(`${name}.figures`, one.figures);
    checkKeys(`${name}.figures`, figures, ["file", "kind", "figure"]);
    for (const key of ["file", "kind", "figure"]) textOf(`${name}.figures.${key}`, figures[key]);
    need(name, one, "kind");
  },
  quality() {},
};

function need(name: string, one: Readonly<Record<string, unknown>>, key: string): void {
  if (one[key] !== undefined) return;
  throw new InvalidInputError(`${name} (${String(one.audit)}) needs ${key}`);
}

function objectOf(name: string, value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) {
    return value as Record<string, unknown>;
  }
  throw new InvalidInputError(`${name} must be an object, got ${describe(value)}`);
}

function textOf(name: string, value: unknown): void {
  if (typeof value === "string" && value !== "") return;
  throw new InvalidInputError(`${name} must be a text, got ${describe(value)}`);
}

function listOf(name: string, value: unknown): void {
  const list =
    Array.isArray(value) && value.length > 0 && value.every((one) => typeof one === "string");
  if (list || (typeof value === "string" && value !== "")) return;
  throw new InvalidInputError(
    `${name} must be a list of texts, or the name of a file with one a line, got ${describe(value)}`,
  );
}

function whole(name: string, value: unknown, min: number): void {
  if (value !== undefined) checkNumber(name, value, { integer: true, min });
}
