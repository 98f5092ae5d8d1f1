// A Transformer as an ONNX graph, with ONNX Runtime's own operators for RMS norm, rotary positions and attention to
// cached keys and values, as its model builder for large models writes them.

import { rotaryTables, transformerWeights } from "../peers/work.mjs";
import { FLOAT, INT8, INT32, INT64, model, node, tensor, UINT8, value } from "./onnx.mjs";

const OWN = "com.microsoft";
/** Positions of the rotary tables. */
const POSITIONS = 1024;

/** (outputs, inputs) → (inputs, outputs): what MatMul takes. */
function transposed([rows, columns], data) {
  const out = new data.constructor(data.length);
  for (let r = 0; r < rows; r++) {
    for (let c = 0; c < columns; c++) out[c * rows + r] = data[r * columns + c];
  }
  return out;
}

const BLOCK = 32;

/**
 * Products with weights of so many bits, (constants of a weight, the node that multiplies by it): as `quantize_dynamic`
 * makes them of 8 bits, one scale a column and activations of 8 bits, and as `MatMulNBits` has them of 4, one scale for 32
 * numbers, which lets it round activations to 8 bits.
 */
const products = {
  32: {
    constants: (name, shape, data) => [tensor(name, shape.toReversed(), transposed(shape, data))],
    node: (x, w, y) => node("MatMul", [x, w], [y]),
  },
  8: {
    constants(name, shape, data) {
      const [rows, columns] = shape;
      const scales = new Float32Array(rows);
      const whole = new Int8Array(data.length);
      for (let r = 0; r < rows; r++) {
        const own = data.subarray(r * columns, (r + 1) * columns);
        scales[r] = own.reduce((most, w) => Math.max(most, Math.abs(w)), 0) / 127;
        for (let c = 0; c < columns; c++) whole[r * columns + c] = Math.round(own[c] / scales[r]);
      }
      return [
        tensor(name, shape.toReversed(), transposed(shape, whole), INT8),
        tensor(`${name}.scale`, [rows], scales),
      ];
    },
    node: (x, w, y) => node("DynamicQuantizeMatMul", [x, w, `${w}.scale`], [y], {}, OWN),
  },
  4: {
    constants(name, [rows, columns], data) {
      const blocks = Math.ceil(columns / BLOCK);
      const scales = new Float32Array(rows * blocks);
      const pairs = new Uint8Array((rows * blocks * BLOCK) / 2);
      for (let b = 0; b < scales.length; b++) {
        const row = data.subarray(Math.floor(b / blocks) * columns).subarray(0, columns);
        const own = row.subarray((b % blocks) * BLOCK).subarray(0, BLOCK);
        scales[b] = own.reduce((most, w) => Math.max(most, Math.abs(w)), 0) / 7;
        const unit = (i) => (i < own.length ? Math.round(own[i] / scales[b]) : 0) + 8;
        for (let i = 0; i < BLOCK; i += 2) {
          pairs[(b * BLOCK + i) / 2] = unit(i) | (unit(i + 1) << 4);
        }
      }
      return [
        tensor(name, [rows, blocks, BLOCK / 2], pairs, UINT8),
        tensor(`${name}.scale`, [scales.length], scales),
      ];
    },
    node(x, w, y, [N, K]) {
      const sizes = { K, N, bits: 4, block_size: BLOCK, accuracy_level: 4 };
      return node("MatMulNBits", [x, w, `${w}.scale`], [y], sizes, OWN);
    },
  },
};

/** The nodes of one block: x (1, T, C) and its caches → x. */
function block(i, { heads, kvHeads }, multiply, { positions, past, present }) {
  const name = (part) => `${i}.${part}`;
  const product = (x, w, y) => multiply(x, name(w), name(y));
  const norm = (x, y) => node("SimplifiedLayerNormalization", [x, "ones"], [y], { epsilon: 1e-5 });
  const turn = (x, y, num_heads) =>
    node("RotaryEmbedding", [x, positions, "cos", "sin"], [y], { num_heads }, OWN);
  const cached = [past(i, "k"), past(i, "v"), "seen", "total"];
  const attended = [name("mixed"), present(i, "k"), present(i, "v")];
  const x = i === 0 ? "x" : `${i - 1}.x`;
  return [
    norm(x, name("n1")),
    product(name("n1"), "q", "queries"),
    product(name("n1"), "k", "keys"),
    product(name("n1"), "v", "values"),
    turn(name("queries"), name("turned_q"), heads),
    turn(name("keys"), name("turned_k"), kvHeads),
    node(
      "GroupQueryAttention",
      [name("turned_q"), name("turned_k"), name("values"), ...cached],
      attended,
      { num_heads: heads, kv_num_heads: kvHeads },
      OWN,
    ),
    product(name("mixed"), "o", "attention"),
    node("Add", [x, name("attention")], [name("y")]),
    norm(name("y"), name("n2")),
    product(name("n2"), "gate", "g"),
    product(name("n2"), "up", "u"),
    node("Sigmoid", [name("g")], [name("s")]),
    node("Mul", [name("g"), name("s")], [name("silu")]),
    node("Mul", [name("silu"), name("u")], [name("inner")]),
    product(name("inner"), "down", "fed"),
    node("Add", [name("y"), name("fed")], [name("x")]),
  ];
}

/** Names of inputs and outputs. */
const plainly = {
  tokens: "tokens",
  positions: "positions",
  past: (i, part) => `${i}.past_${part}`,
  present: (i, part) => `${i}.present_${part}`,
};
const names = { k: "key", v: "value" };
/** Those that models on Hugging Face's hub have. */
const asOnTheHub = {
  tokens: "input_ids",
  positions: "position_ids",
  past: (i, part) => `past_key_values.${i}.${names[part]}`,
  present: (i, part) => `present.${i}.${names[part]}`,
};

/**
 * (tokens (1, T), positions, positions before and in all, caches) → (logits of the last position, caches).
 * @param job.bits of the weights that are multiplied with: 8, 4, or f32
 */
export function transformerModel(job) {
  const lengths = [value("seen", INT32, [1]), value("total", INT32, [])];
  return network(job, plainly, { inputs: lengths, nodes: [], constants: [] });
}

/** The same with a mask of all positions in place of their numbers, as transformers.js calls it. */
export function pretrainedModel(job) {
  const scalar = (name, i) => tensor(name, [], BigInt64Array.of(i), INT64);
  return network(job, asOnTheHub, {
    inputs: [value("attention_mask", INT64, [1, "all"])],
    nodes: [
      node("ReduceSum", ["attention_mask", "axes"], ["sum"], { keepdims: 0 }),
      node("Sub", ["sum", "one"], ["before"]),
      node("Cast", ["before"], ["seen"], { to: INT32 }),
      node("Shape", ["attention_mask"], ["shape"]),
      node("Gather", ["shape", "one"], ["length"]),
      node("Cast", ["length"], ["total"], { to: INT32 }),
    ],
    constants: [scalar("one", 1n), tensor("axes", [1], BigInt64Array.of(1n), INT64)],
  });
}

function network(job, called, lengths) {
  const { layers, heads, kvHeads = heads, hidden: C, classes, bits = 32 } = job;
  const head = C / heads;
  const cache = (name, length) => value(name, FLOAT, [1, kvHeads, length, head]);
  const each = (make) => Array.from({ length: layers }, (_, i) => make(i)).flat();
  const caches = (name, length) =>
    each((i) => ["k", "v"].map((part) => cache(name(i, part), length)));
  const { cos, sin } = rotaryTables(POSITIONS, head);
  const made = transformerWeights(job);
  const shapes = new Map(made);
  const multiply = (x, w, y) => products[bits].node(x, w, y, shapes.get(w));
  const weights = made.map(([name, shape, data]) => [
    // The table is the output's weight, too.
    ...(name === "embed" ? [tensor("table", shape, data)] : []),
    ...products[bits].constants(name, shape, data),
  ]);
  return model({
    nodes: [
      ...lengths.nodes,
      node("Gather", ["table", called.tokens], ["x"]),
      ...each((i) => block(i, { heads, kvHeads }, multiply, called)),
      node("Gather", [`${layers - 1}.x`, "last"], ["newest"], { axis: 1 }),
      node("SimplifiedLayerNormalization", ["newest", "ones"], ["normed"], { epsilon: 1e-5 }),
      multiply("normed", "embed", "logits"),
    ],
    inputs: [
      value(called.tokens, INT64, [1, "steps"]),
      value(called.positions, INT64, [1, "steps"]),
      ...lengths.inputs,
      ...caches(called.past, "past"),
    ],
    outputs: [value("logits", FLOAT, [1, 1, classes]), ...caches(called.present, "all")],
    initializers: [
      ...weights.flat(),
      ...lengths.constants,
      tensor("ones", [C], new Float32Array(C).fill(1)),
      tensor("cos", [POSITIONS, head / 2], cos),
      tensor("sin", [POSITIONS, head / 2], sin),
      tensor("last", [1], BigInt64Array.of(-1n), INT64),
    ],
  });
}
