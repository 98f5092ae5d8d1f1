// Attributes, read off samples and off data.

import {
  type AttributeSpec,
  type GroupWords,
  type ListOrFile,
  type TextReader,
  textReader,
} from "../../entries/fairness.js";
import type { Classifier } from "../../entries/node.js";
import { Failure } from "../errors.js";
import { readList, type SpecFile } from "../io/fairness-files.js";
import { readModelOf } from "../io/models.js";
import { classifierKind } from "../kinds/classifier.js";
import { type Samples, seen } from "./fairness-model.js";

/** What is said of each example of the data, by name; undefined where nothing is said under it. */
export type Said = (name: string) => readonly string[] | undefined;

/** Reads attributes; each file is opened once. */
export class AttributeReader {
  readonly #file: SpecFile;
  readonly #classifiers = new Map<string, Classifier>();
  readonly #readers = new Map<string, (text: string) => string>();

  constructor(file: SpecFile) {
    this.#file = file;
  }

  spec(name: string): AttributeSpec {
    return this.#file.spec.attributes![name];
  }

  /** The label that is asked for to get this attribute. */
  label(name: string): string | undefined {
    return this.spec(name).label;
  }

  /** Whether it is what is asked for, and nothing that is read. */
  isAsked(name: string): boolean {
    return Object.keys(this.spec(name)).join() === "label";
  }

  /** Words of groups. */
  words(name: string): GroupWords {
    const spec = this.spec(name);
    return "words" in spec ? this.#lists(spec.words) : {};
  }

  #lists(all: Readonly<Record<string, ListOrFile>>): GroupWords {
    const entries = Object.entries(all);
    return Object.fromEntries(entries.map(([value, list]) => [value, readList(this.#file, list)]));
  }

  /** The values of samples. @throws Failure for one that cannot be read off them */
  async values(name: string, samples: Samples): Promise<string[]> {
    const spec = this.spec(name);
    if ("classifier" in spec) {
      if (!("images" in samples)) {
        throw new Failure(
          `attribute ${name} is seen in pictures; the model makes texts. Give words, patterns or lists`,
        );
      }
      const path = this.#file.at(spec.classifier);
      const known = this.#classifiers.get(path) ?? (await readModelOf(classifierKind, path));
      this.#classifiers.set(path, known);
      return seen(path, known, spec.label, samples.images);
    }
    if (this.isAsked(name)) {
      throw new Failure(
        `attribute ${name} is a label alone: it can be asked for, and not be read off samples. Give a classifier (pictures), or words, patterns or lists (texts)`,
      );
    }
    if (!("texts" in samples)) {
      throw new Failure(
        `attribute ${name} is read off texts; the model makes pictures. Give a classifier and a label`,
      );
    }
    return samples.texts.map(this.#reader(name));
  }

  /** The values of data: what is said of them, or what is read. */
  async valuesOfData(name: string, data: Samples, said: Said): Promise<readonly string[]> {
    if (!this.isAsked(name)) return this.values(name, data);
    const label = this.label(name)!;
    const found = said(label);
    if (found) return found;
    throw new Failure(`attribute ${name}: the data have no label ${JSON.stringify(label)}`);
  }

  #reader(name: string): (text: string) => string {
    const known = this.#readers.get(name);
    if (known) return known;
    const spec = this.spec(name);
    const reader = textReader(this.#ofText(spec));
    this.#readers.set(name, reader);
    return reader;
  }

  #ofText(spec: AttributeSpec): TextReader {
    if ("words" in spec) return { words: this.#lists(spec.words) };
    if ("patterns" in spec) return { patterns: spec.patterns };
    return { lists: "lists" in spec ? this.#lists(spec.lists) : {} };
  }
}
