// The smallest writer of ONNX files that the suite needs: protocol buffers by hand. Field numbers are
// those of onnx.proto; the models are the language model of the other rows, and a bare product.

import { EMBEDDING, VOCABULARY, weights } from "../peers/work.mjs";

export const FLOAT = 1;
export const UINT8 = 2;
export const INT8 = 3;
export const INT32 = 6;
export const INT64 = 7;
const encoder = new TextEncoder();

function varint(value) {
  const out = [];
  for (let rest = BigInt.asUintN(64, BigInt(value)); ; ) {
    const byte = Number(rest & 127n);
    rest >>= 7n;
    if (rest === 0n) return [...out, byte];
    out.push(byte | 128);
  }
}

function join(parts) {
  const size = parts.reduce((sum, part) => sum + part.length, 0);
  const out = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

/** A message from [field, value] pairs: numbers as varints, texts and bytes with their length. */
function message(...fields) {
  return join(
    fields.flatMap(([field, value]) => {
      if (typeof value === "number") return [varint(field << 3), varint(value)];
      const bytes = typeof value === "string" ? encoder.encode(value) : value;
      return [varint((field << 3) | 2), varint(bytes.length), bytes];
    }),
  );
}

const bytesOf = (data) => new Uint8Array(data.buffer, data.byteOffset, data.byteLength);

/** A constant; of another type than f32 where that is said. */
export const tensor = (name, dims, data, type = FLOAT) =>
  message(...dims.map((d) => [1, d]), [2, type], [8, name], [9, bytesOf(data)]);

/** A graph's input or output. Sizes may be names. */
export function value(name, type, dims) {
  const shape = dims.map((d) => [1, message(typeof d === "number" ? [1, d] : [2, d])]);
  const tensorType = message([1, type], [2, message(...shape)]);
  return message([1, name], [2, message([1, tensorType])]);
}

/** AttributeProto of a number: name 1, i 3, type 20 (INT is 2); or f 2, four bytes, where it is not whole (FLOAT is 1). */
function attribute(name, x) {
  if (Number.isInteger(x)) return message([1, name], [3, x], [20, 2]);
  const float = [[(2 << 3) | 5], bytesOf(Float32Array.of(x))];
  return join([message([1, name]), ...float, message([20, 1])]);
}

/** @param domain "com.microsoft" for ONNX Runtime's own operators */
export const node = (type, inputs, outputs, attributes = {}, domain = "") =>
  message(
    ...inputs.map((name) => [1, name]),
    ...outputs.map((name) => [2, name]),
    [4, type],
    ...Object.entries(attributes).map(([name, x]) => [5, attribute(name, x)]),
    [7, domain],
  );

export function model({ nodes, inputs, outputs, initializers = [] }) {
  const graph = message(
    ...nodes.map((n) => [1, n]),
    [2, "graph"],
    ...initializers.map((t) => [5, t]),
    ...inputs.map((v) => [11, v]),
    ...outputs.map((v) => [12, v]),
  );
  const domains = [message([1, ""], [2, 17]), message([1, "com.microsoft"], [2, 1])];
  return message([1, 8], [7, graph], ...domains.map((domain) => [8, domain]));
}

/** C = op(A) op(B) of fixed shapes, both factors inputs. */
export function matmulModel({ m, k, n, form }) {
  const inputs = [
    value("a", FLOAT, form === "tn" ? [k, m] : [m, k]),
    value("b", FLOAT, form === "nt" ? [n, k] : [k, n]),
  ];
  const product =
    form === "nn"
      ? node("MatMul", ["a", "b"], ["c"])
      : node("Gemm", ["a", "b"], ["c"], form === "tn" ? { transA: 1 } : { transB: 1 });
  return model({ nodes: [product], inputs, outputs: [value("c", FLOAT, [m, n])] });
}

/** Blocks of rows in ONNX's order of gates: i, o, f, c instead of PyTorch's i, f, g, o. */
function reorder(data) {
  const block = data.length / 4;
  const out = new Float32Array(data.length);
  for (const [to, from] of [0, 3, 1, 2].entries()) {
    out.set(data.subarray(from * block, (from + 1) * block), to * block);
  }
  return out;
}

/** One step of the language model: (tokens, h, c) → (logits, h', c'). */
export function languageModel(hidden) {
  const w = weights(hidden);
  const biases = new Float32Array(8 * hidden);
  biases.set(reorder(w.biasIh));
  biases.set(reorder(w.biasHh), 4 * hidden);
  const state = ["directions", "batch", hidden];
  return model({
    nodes: [
      node("Gather", ["table", "tokens"], ["x"]),
      node("LSTM", ["x", "W", "R", "biases", "", "h", "c"], ["", "h_out", "c_out"], {
        hidden_size: hidden,
      }),
      node("Reshape", ["h_out", "shape"], ["rows"]),
      node("Gemm", ["rows", "linear", "bias"], ["logits"], { transB: 1 }),
    ],
    inputs: [
      value("tokens", INT64, ["steps", "batch"]),
      value("h", FLOAT, state),
      value("c", FLOAT, state),
    ],
    outputs: [
      value("logits", FLOAT, ["batch", VOCABULARY]),
      value("h_out", FLOAT, state),
      value("c_out", FLOAT, state),
    ],
    initializers: [
      tensor("table", [VOCABULARY, EMBEDDING], w.embedding),
      tensor("W", [1, 4 * hidden, EMBEDDING], reorder(w.weightIh)),
      tensor("R", [1, 4 * hidden, hidden], reorder(w.weightHh)),
      tensor("biases", [1, 8 * hidden], biases),
      tensor("linear", [VOCABULARY, hidden], w.linear),
      tensor("bias", [VOCABULARY], w.bias),
      message(
        [1, 2],
        [2, INT64],
        [8, "shape"],
        [9, bytesOf(new BigInt64Array([-1n, BigInt(hidden)]))],
      ),
    ],
  });
}
