// Model files in: which kind of model a file holds is found here, from its head, and nowhere else.

import { InvalidInputError, ModelFileError, modelKind, type Seq2Seq } from "../../entries/node.js";
import { Failure } from "../errors.js";
import type { Kind } from "../kinds/kind.js";
import { kinds } from "../kinds/kinds.js";
import type { AnyModel } from "../kinds/model.js";
import { readBytes } from "./files.js";
import { complaint, namingFile, notModel, withPath } from "./wrong-file.js";

/** A model, its kind, and the size of its file. */
export interface Read {
  readonly kind: Kind;
  readonly model: AnyModel;
  readonly bytes: number;
}

/** @throws Failure, or ModelFileError with the file's name */
export async function readModel(path: string): Promise<Read> {
  const { bytes, kind } = open(path);
  const model = await namingFile(path, () => kind.load(bytes));
  return { kind, model, bytes: bytes.length };
}

/** A model of this kind. @throws Failure, ModelFileError; for another kind saying what uses that */
export async function readModelOf<M extends AnyModel>(wanted: Kind<M>, path: string): Promise<M> {
  const { bytes, kind } = open(path);
  checkKindIs(wanted, path, kind);
  return namingFile(path, () => wanted.load(bytes));
}

/** A model that was read, of this kind. @throws Failure for another kind saying what uses that */
export function modelOf<M extends AnyModel>(
  wanted: Kind<M>,
  path: string,
  { kind, model }: Read,
): M {
  checkKindIs(wanted, path, kind);
  return model as M;
}

function checkKindIs(wanted: Pick<Kind, "model">, path: string, kind: Kind): void {
  if (kind.model !== wanted.model) throw unable(path, kind);
}

/** The error for a file whose model a command cannot use: what it holds, and the commands that use it. */
export function unable(
  path: string,
  { title, commands }: Pick<Kind, "title" | "commands">,
): Failure {
  const all = commands.map((command) => `simdream ${command}`).join(", or ");
  return new Failure(`${path} holds ${title}; use ${all}`);
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
  const looks = notModel(path, bytes);
  if (looks) throw new Failure(complaint(path, "model", looks));
  try {
    const name = modelKind(bytes);
    if (name === undefined) throw new Failure(foreign(path));
    const kind = kinds.find(({ model }) => model === name);
    if (kind) return { bytes, kind };
    if (name === "Adapter") {
      throw new Failure(
        `${path} holds an adapter: give the model that it is of, and --adapter ${path}`,
      );
    }
    throw new ModelFileError(
      `the file holds a ${JSON.stringify(name.slice(0, 40))}, this version of simdream has ` +
        `${kinds.map(({ model }) => model).join(" and ")}`,
    );
  } catch (error) {
    throw withPath(path, error);
  }
}

/** Weights of another program, PyTorch for example. */
function foreign(path: string): string {
  return (
    `${path} holds weights alone, without a vocabulary, as PyTorch saves them: the command line cannot ` +
    "know which texts they read. In a program, LanguageModel.load(bytes, { tokenizer, network }) takes such weights, " +
    "and what its save() gives can be used here"
  );
}
