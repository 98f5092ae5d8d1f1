// The audits of a specification, one after the other.

import {
  type AuditSpec,
  classQuality,
  compareVariants,
  correlation,
  counterfactualItems,
  counterfactuals,
  type Distribution,
  type DistributionSpec,
  distribution,
  fillTemplate,
  type GroupDifferences,
  groupDifferences,
  type PairsSpec,
  type QualityReport,
  type QualitySpec,
  type SubstitutionSpec,
  type TemplatesSpec,
  type TextItem,
  type TranslationReport,
  translationQuality,
  type VariantReport,
} from "../../entries/fairness.js";
import { type Classifier, InvalidInputError, type Seq2Seq } from "../../entries/node.js";
import { Failure } from "../errors.js";
import { isTable, readList, readTableWith, type SpecFile } from "../io/fairness-files.js";
import type { AnyModel } from "../kinds/model.js";
import type { AuditData } from "./fairness-data.js";
import type { Audited, Samples } from "./fairness-model.js";
import type { AttributeReader } from "./fairness-read.js";

/** What is known where audits are made. */
export interface Audit {
  readonly model: Audited;
  readonly file: SpecFile;
  readonly reader: AttributeReader;
  readonly data: AuditData | undefined;
}

/** What variants were found to be, without the figures of each text. */
type Variants = Omit<VariantReport, "logProbabilities">;

/** The model's own measure, of all and of each group. */
interface MeasuredGroups {
  readonly groups: readonly {
    readonly group: string;
    readonly examples: number;
    readonly score: Readonly<Record<string, unknown>>;
  }[];
}

/** What an audit found. */
export type Finding =
  | (DistributionSpec & { readonly found: Distribution; readonly groups?: GroupDifferences })
  | (SubstitutionSpec & { readonly likelihood?: Variants; readonly groups?: GroupDifferences })
  | (PairsSpec & { readonly found: Variants })
  | (TemplatesSpec & { readonly found: Variants; readonly correlation?: Correlated })
  | (QualitySpec & {
      readonly quality?: QualityReport;
      readonly translation?: TranslationReport;
      readonly measured?: MeasuredGroups;
    });

/** Of how many kinds a figure was there. */
interface Correlated {
  readonly r: number;
  readonly kinds: number;
}

const SAMPLES = 400;
/** Samples of each class that is asked for, and of each prompt and group. */
const EACH = 100;

/** @throws Failure that says which audit it was, UsageError, InvalidInputError */
export async function performAudit(all: Audit, spec: AuditSpec, place: number): Promise<Finding> {
  try {
    switch (spec.audit) {
      case "distribution":
        return { ...spec, ...(await distributed(all, spec)) };
      case "substitution":
        return { ...spec, ...(await substituted(all, spec)) };
      case "pairs":
        return { ...spec, found: await paired(all, spec) };
      case "templates":
        return { ...spec, ...(await filled(all, spec)) };
      case "quality":
        return { ...spec, ...(await measured(all, spec)) };
    }
  } catch (error) {
    if (!(error instanceof Failure || error instanceof InvalidInputError)) throw error;
    throw new Failure(`audits[${place}] (${spec.audit}): ${error.message}`, { cause: error });
  }
}

async function distributed(
  { model, file, reader, data }: Audit,
  {
    attribute,
    by,
    against,
    prompts,
    labels = {},
    samples = file.spec.samples ?? SAMPLES,
  }: DistributionSpec,
): Promise<{ found: Distribution; groups?: GroupDifferences }> {
  const { confidence, seed = 0 } = file.spec;
  const sample = sampler(model);
  const beginnings = prompts === undefined ? [undefined] : readList(file, prompts);
  if (prompts !== undefined && !model.prompts) {
    throw new Failure(`${model.path} takes no prompts; leave them out`);
  }
  const values: string[] = [];
  const groups: string[] = [];
  const label = by === undefined || !reader.isAsked(by) ? undefined : reader.label(by)!;
  const classes = label === undefined ? [undefined] : classesOf(model, label);
  for (const value of classes) {
    const asked = value === undefined ? labels : { ...labels, [label!]: value };
    for (const [p, prompt] of beginnings.entries()) {
      const count = share(samples, beginnings.length, p);
      // No two samples have one seed: groups are independent of each other.
      const own = { samples: count, seed: seed + values.length, labels: asked, prompt };
      for await (const made of sample(own)) {
        const seen = await reader.values(attribute, made);
        values.push(...seen);
        if (value !== undefined) groups.push(...seen.map(() => value));
        else if (by !== undefined) groups.push(...(await reader.values(by, made)));
      }
    }
  }
  const target = against === "data" ? await inData(reader, attribute, data) : against;
  const found = distribution(values, { against: target, confidence });
  return by === undefined
    ? { found }
    : { found, groups: groupDifferences(values, groups, { confidence }) };
}

/** How often each value is in the data. */
async function inData(
  reader: AttributeReader,
  attribute: string,
  data: AuditData | undefined,
): Promise<Record<string, number>> {
  if (!data) throw new Failure('against "data" needs data: give files after the model');
  const label = reader.label(attribute);
  const said = label === undefined ? undefined : data.said(label);
  const values = said ?? (await reader.values(attribute, data.samples));
  const counts = new Map<string, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return Object.fromEntries(counts);
}

async function substituted(
  { model, file, reader }: Audit,
  { by, texts, prompts, attribute, samples = EACH }: SubstitutionSpec,
): Promise<{ likelihood?: Variants; groups?: GroupDifferences }> {
  const { confidence, seed = 0 } = file.spec;
  const words = reader.words(by);
  const likelihood =
    texts === undefined
      ? undefined
      : await variants(model, file, counterfactualItems(readList(file, texts), words));
  if (prompts === undefined) return likelihood ? { likelihood } : {};
  if (!model.prompts) throw new Failure(`${model.path} takes no prompts; audit texts`);
  const sample = sampler(model);
  const values: string[] = [];
  const groups: string[] = [];
  for (const prompt of readList(file, prompts)) {
    const { group, others } = counterfactuals(prompt, words);
    if (group === undefined) {
      throw new Failure(
        `the prompt ${JSON.stringify(prompt)} must speak of one of ${Object.keys(words).join(", ")}`,
      );
    }
    for (const one of [{ group, text: prompt }, ...others]) {
      const own = { samples, seed: seed + values.length, prompt: one.text };
      for await (const made of sample(own)) {
        // What was asked is not what came; answers are without their sources.
        const came = model.scorer ? withoutPrompt(made, one.text) : made;
        const seen = await reader.values(attribute!, came);
        values.push(...seen);
        groups.push(...seen.map(() => one.group));
      }
    }
  }
  const found = groupDifferences(values, groups, { confidence });
  return likelihood ? { likelihood, groups: found } : { groups: found };
}

function withoutPrompt(made: Samples, prompt: string): Samples {
  if (!("texts" in made)) return made;
  const { texts } = made;
  return {
    texts: texts.map((text) => (text.startsWith(prompt) ? text.slice(prompt.length) : text)),
  };
}

async function paired(
  { model, file }: Audit,
  { pairs, more = "sent_more", less = "sent_less", kind }: PairsSpec,
): Promise<Variants> {
  const items: TextItem[] =
    typeof pairs === "string"
      ? readTableWith(file, pairs, [more, less, kind]).map((row) => ({
          texts: { more: row[more], less: row[less] },
          ...(kind === undefined ? {} : { kind: row[kind] }),
        }))
      : pairs.map(([more, less]) => ({ texts: { more, less } }));
  return variants(model, file, items);
}

async function filled(
  { model, file }: Audit,
  { templates, text = "sentence", kind, fill = {}, variants: slots, figures }: TemplatesSpec,
): Promise<{ found: Variants; correlation?: Correlated }> {
  const table = isTable(templates)
    ? readTableWith(file, templates, [text, kind, ...Object.values(fill)])
    : readList(file, templates).map((one) => ({ [text]: one }) as Readonly<Record<string, string>>);
  const items = table.map((row): TextItem => {
    const same = Object.fromEntries(
      Object.entries(fill).map(([slot, column]) => [slot, row[column]]),
    );
    const own = Object.entries(slots).map(([variant, words]) => [variant, { ...same, ...words }]);
    return {
      texts: fillTemplate(row[text], Object.fromEntries(own)),
      ...(kind === undefined ? {} : { kind: row[kind] }),
    };
  });
  const found = await variants(model, file, items);
  if (figures === undefined) return { found };
  const known = new Map(
    readTableWith(file, figures.file, [figures.kind, figures.figure]).map((row) => [
      row[figures.kind],
      Number(row[figures.figure]),
    ]),
  );
  const both = found.kinds.filter(({ kind }) => Number.isFinite(known.get(kind) ?? Number.NaN));
  const r = correlation(
    both.map(({ pairs }) => pairs[0].mean),
    both.map(({ kind }) => known.get(kind)!),
  );
  return { found, correlation: { r, kinds: both.length } };
}

async function variants(
  { path, read, scorer }: Audited,
  { spec: { confidence, prefix } }: SpecFile,
  items: readonly TextItem[],
): Promise<Variants> {
  if (!scorer) {
    throw new Failure(
      `${path} holds ${read.kind.title}; texts alone get a probability of a language model only`,
    );
  }
  const { logProbabilities: _, ...found } = await compareVariants(scorer, items, {
    confidence,
    prefix,
  });
  return found;
}

async function measured(
  { model, file, reader, data }: Audit,
  { attribute, by, samples = EACH }: QualitySpec,
): Promise<{
  quality?: QualityReport;
  translation?: TranslationReport;
  measured?: MeasuredGroups;
}> {
  const { confidence, seed = 0 } = file.spec;
  const { path, read } = model;
  if (attribute !== undefined && read.kind.model !== "Classifier") {
    return {
      quality: classQuality(await asAsked(model, reader, attribute, by, samples, seed), {
        confidence,
      }),
    };
  }
  if (!data) throw new Failure("quality of data needs data: give files after the model");
  const groups =
    by === undefined ? undefined : await reader.valuesOfData(by, data.samples, data.said);
  const groupOf = (i: number) => (groups ? { group: groups[i] } : {});
  if (attribute !== undefined) {
    const label = reader.label(attribute);
    const truth = label === undefined ? undefined : data.said(label);
    const classifier = read.model as AnyModel as Classifier;
    if (label === undefined || !classifier.labels.some(({ name }) => name === label)) {
      const known = classifier.labels.map(({ name }) => name).join(", ");
      throw new Failure(
        `attribute ${attribute} must be a label that ${path} tells apart: ${known}`,
      );
    }
    if (!truth) throw new Failure(`the data have no label ${JSON.stringify(label)}`);
    const said = classifier.classify(data.images!);
    const judged = truth.map((one, i) => ({
      truth: one,
      said: said[i].labels[label],
      ...groupOf(i),
    }));
    return { quality: classQuality(judged, { confidence }) };
  }
  if (data.pairs) {
    const answering = read.model as AnyModel as Seq2Seq;
    const how = { greedy: true, unknown: "skip", maxTokens: file.spec.maxTokens } as const;
    const translated = data.pairs.map(({ source, target }, i) => ({
      hypothesis: answering.generate({ source, ...how }).text,
      reference: target,
      ...groupOf(i),
    }));
    return { translation: translationQuality(translated) };
  }
  const places = new Map<string, number[]>();
  for (let i = 0; i < data.length; i++) {
    const group = groups?.[i] ?? "all";
    const own = places.get(group);
    if (own) own.push(i);
    else places.set(group, [i]);
  }
  const measured = [];
  for (const [group, indices] of places) {
    const score = (await data.score(indices)) as Readonly<Record<string, unknown>>;
    measured.push({ group, examples: indices.length, score });
  }
  return { measured: { groups: measured } };
}

/** Each class of a label asked for, in each group, and what came. */
async function asAsked(
  model: Audited,
  reader: AttributeReader,
  attribute: string,
  by: string | undefined,
  samples: number,
  seed: number,
): Promise<{ truth: string; said: string; group?: string }[]> {
  const sample = sampler(model);
  const label = reader.label(attribute);
  if (label === undefined) {
    throw new Failure(
      `attribute ${attribute} must say by which label it is asked for: "label": "…" beside its reader`,
    );
  }
  const groupLabel = by === undefined || !reader.isAsked(by) ? undefined : reader.label(by)!;
  const groups = groupLabel === undefined ? [undefined] : classesOf(model, groupLabel);
  const judged: { truth: string; said: string; group?: string }[] = [];
  for (const group of groups) {
    for (const truth of classesOf(model, label)) {
      const labels = { [label]: truth, ...(group === undefined ? {} : { [groupLabel!]: group }) };
      for await (const made of sample({ samples, seed: seed + judged.length, labels })) {
        const said = await reader.values(attribute, made);
        const read = group === undefined && by !== undefined ? await reader.values(by, made) : [];
        for (const [i, one] of said.entries()) {
          const own = group ?? read[i];
          judged.push({ truth, said: one, ...(own === undefined ? {} : { group: own }) });
        }
      }
    }
  }
  return judged;
}

function sampler({ path, read, sample }: Audited): NonNullable<Audited["sample"]> {
  if (sample) return sample;
  throw new Failure(
    `${path} holds ${read.kind.title}, which makes no samples by itself; audit "quality" measures it on data`,
  );
}

/** The values of a label that a model can be asked for. @throws Failure */
function classesOf({ path, labels }: Audited, name: string): readonly string[] {
  const found = labels.find((one) => one.name === name);
  if (found && found.classes.length > 0) return found.classes;
  const known = labels.map((one) => one.name).join(", ") || "no labels";
  throw new Failure(`${path} cannot be asked for ${JSON.stringify(name)}; it knows ${known}`);
}

/** Part `i` of a whole in whole numbers. */
function share(whole: number, parts: number, i: number): number {
  return Math.floor((whole * (i + 1)) / parts) - Math.floor((whole * i) / parts);
}
