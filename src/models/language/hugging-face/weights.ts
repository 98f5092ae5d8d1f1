// Tensors of Hugging Face's files: their names and layouts, and those of the network here.

import { parseObject } from "../../../formats/json.js";
import { f32Data, type TensorEntry } from "../../../formats/safetensors.js";
import {
  type StreamedSafetensors,
  streamSafetensors,
} from "../../../formats/safetensors-stream.js";
import { describe, ModelFileError } from "../../../host/errors.js";
import type { PretrainedFolder } from "./files.js";

const FILE = "model.safetensors";
const INDEX = "model.safetensors.index.json";
const MOST_INDEX = 2 ** 25;
const MOST_SHARDS = 1000;

/** Products that GPT-2 stores as (inputs, outputs), its `Conv1D`. */
export const TURNED: RegExp = /\.(c_attn|c_proj|c_fc)\.weight$/;
/** What older files have beside the weights: masks and frequencies, which follow from the sizes. */
const BESIDE = /(\.attn\.(bias|masked_bias)|\.rotary_emb\.inv_freq)$/;

/** Tensors with the names and layouts of the network here. */
export interface PretrainedTensors {
  /** Shapes by name. */
  readonly shapes: ReadonlyMap<string, { readonly shape: readonly number[] }>;
  /** One after the other, in the order of the files. To be called once. */
  read(): AsyncGenerator<readonly [name: string, values: Float32Array], void, void>;
}

/** A network's names in Hugging Face's files. */
interface Naming {
  /** "gpt2" or "llama" */
  readonly style: string;
  readonly tied: boolean;
}

/**
 * The tensors of `model.safetensors`, or of the shards that its index names. Only their headers have been read.
 * @throws ModelFileError where there are none, one of them is there twice, or a shard is missing
 */
export async function openTensors(
  folder: PretrainedFolder,
  { style, tied }: Naming,
): Promise<PretrainedTensors> {
  const files: [string, StreamedSafetensors][] = [];
  for (const name of await fileNames(folder)) {
    if (!folder.has(name)) {
      throw new ModelFileError(`${INDEX} names ${describe(name)}, which is not among the files`);
    }
    files.push([
      name,
      await inFile(name, async () => streamSafetensors(await folder.reader(name))),
    ]);
  }
  const all = files.flatMap(([, { spans }]) => spans);
  const gpt = style === "gpt2";
  // The models without a head, whose files GPT-2's are on the hub, lack the first part of all names.
  const first = gpt ? "transformer." : "model.";
  const prefix = all.some(({ name }) => name.startsWith(first)) ? "" : first;
  const own = (name: string) => (name.startsWith("lm_head.") ? name : prefix + name);
  const wanted = (name: string) => !BESIDE.test(name) && !(tied && name === "lm_head.weight");
  const turned = (name: string) => gpt && TURNED.test(name);
  const shapes = new Map<string, { readonly shape: readonly number[] }>();
  for (const { name, shape, dtype } of all) {
    if (!wanted(name)) continue;
    if (shapes.has(own(name))) throw new ModelFileError(`tensor ${name} is in two of the files`);
    if (!["F32", "F16", "BF16", "F64"].includes(dtype)) {
      throw new ModelFileError(`tensor ${name} has dtype ${dtype}, expected F32, F16 or BF16`);
    }
    shapes.set(own(name), { shape: turned(name) ? [...shape].reverse() : shape });
  }
  async function* read(): AsyncGenerator<readonly [string, Float32Array], void, void> {
    for (const [, file] of files) {
      for await (const entry of file.tensors(wanted)) {
        yield [own(entry.name), valuesOf(entry, turned(entry.name))];
      }
    }
  }
  return { shapes, read };
}

async function fileNames(folder: PretrainedFolder): Promise<readonly string[]> {
  if (folder.has(FILE)) return [FILE];
  const index = await folder.text(INDEX, MOST_INDEX);
  if (index === undefined) {
    const others = folder.names.filter((name) => /\.(bin|pt|pth|gguf|onnx|h5)$/.test(name));
    const got = others.length > 0 ? `; ${others[0]} is in another format` : "";
    throw new ModelFileError(`expected ${FILE}, or ${INDEX} and the files that it names${got}`);
  }
  const map = Object(parseObject(index, INDEX).weight_map) as Readonly<Record<string, unknown>>;
  const names = new Set(Object.values(map));
  if (names.size < 1 || names.size > MOST_SHARDS || [...names].some((n) => typeof n !== "string")) {
    throw new ModelFileError(
      `${INDEX}: weight_map must name the file of each tensor, of at most ${MOST_SHARDS}, got ${describe(map)}`,
    );
  }
  return ([...names] as string[]).sort();
}

/** An error about a file that says which. */
async function inFile<T>(name: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof ModelFileError)) throw error;
    throw new ModelFileError(`${name}: ${error.message}`, { cause: error });
  }
}

/** @throws ModelFileError for a number that is not finite */
function valuesOf(entry: TensorEntry, turned: boolean): Float32Array {
  const { name, dtype, data } = entry;
  // Where they are f32 already, a large tensor is not copied.
  const values =
    dtype === "F32" && data.byteOffset % 4 === 0
      ? new Float32Array(data.buffer as ArrayBuffer, data.byteOffset, data.length / 4)
      : f32Data(entry);
  for (let i = 0; i < values.length; i++) {
    if (Number.isFinite(values[i])) continue;
    throw new ModelFileError(`tensor ${name} must have finite numbers, got ${values[i]}`);
  }
  return turned ? turn(values, entry.shape[0], entry.shape[1]) : values;
}

/** (rows, columns) → (columns, rows) */
export function turn(values: Float32Array, rows: number, columns: number): Float32Array {
  const turned = new Float32Array(values.length);
  for (let r = 0; r < rows; r++) {
    for (let c = 0; c < columns; c++) turned[c * rows + r] = values[r * columns + c];
  }
  return turned;
}
