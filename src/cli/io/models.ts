// Model files in: which kind of model a file holds is found here, from its head, and nowhere else.

import {
  InvalidInputError,
  LanguageModel,
  ModelFileError,
  modelKind,
  Seq2Seq,
} from "../../entries/index.js";
import { load } from "../../entries/node.js";
import { Failure } from "../errors.js";
import { readBytes } from "./files.js";

/** A model of any kind. */
export type AnyModel = LanguageModel | Seq2Seq;

const classes = { LanguageModel, Seq2Seq } as const;
type Kind = keyof typeof classes;

/** A model and the size of its file. */
export interface Read<M extends AnyModel> {
  readonly model: M;
  readonly bytes: number;
}

/** Files without a kind, PyTorch's for example, can only be language models. */
const DEFAULT: Kind = "LanguageModel";

/** @throws Failure, or ModelFileError with the file's name */
export async function readModel(path: string): Promise<Read<AnyModel>> {
  const { bytes, kind } = open(path);
  const model = await named(path, async () => classes[kind].load(await load(), bytes));
  return { model, bytes: bytes.length };
}

/** @param instead what to do with a model of another kind. @throws Failure, ModelFileError */
export async function readLanguageModel(path: string, instead: string): Promise<LanguageModel> {
  const { bytes, kind } = open(path);
  if (kind === "Seq2Seq") {
    throw new Failure(`${path} holds a sequence-to-sequence model; ${instead}`);
  }
  return named(path, async () => LanguageModel.load(await load(), bytes));
}

/** @param instead what to do with a model of another kind. @throws Failure, ModelFileError */
export async function readSeq2Seq(path: string, instead: string): Promise<Seq2Seq> {
  const { bytes, kind } = open(path);
  if (kind === "LanguageModel") {
    throw new Failure(`${path} holds a language model; ${instead}`);
  }
  return named(path, async () => Seq2Seq.load(await load(), bytes));
}

/** Whether an encoder-decoder knows all that a source is made of. */
export function reads(model: Seq2Seq, source: string): boolean {
  try {
    model.encode(source);
    return true;
  } catch (error) {
    if (error instanceof InvalidInputError) return false;
    throw error;
  }
}

function open(path: string): { bytes: Uint8Array; kind: Kind } {
  const bytes = readBytes(path);
  try {
    const kind = modelKind(bytes) ?? DEFAULT;
    if (Object.hasOwn(classes, kind)) return { bytes, kind: kind as Kind };
    throw new ModelFileError(
      `the file holds a ${JSON.stringify(kind.slice(0, 40))}, expected one of ` +
        `${Object.keys(classes).join(", ")}`,
    );
  } catch (error) {
    throw withPath(path, error);
  }
}

async function named<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw withPath(path, error);
  }
}

function withPath(path: string, error: unknown): unknown {
  if (!(error instanceof ModelFileError)) return error;
  return new ModelFileError(`${path}: ${error.message}`, { cause: error });
}
