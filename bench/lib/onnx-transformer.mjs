// A Transformer as an ONNX graph, with ONNX Runtime's own operators for RMS norm, rotary positions and attention to
// cached keys and values, as its model builder for large models writes them.

import { rotaryTables, transformerWeights } from "../peers/work.mjs";
import { bytesOf, FLOAT, INT32, INT64, message, model, node, tensor, value } from "./onnx.mjs";

const OWN = "com.microsoft";
/** Positions of the rotary tables. */
const POSITIONS = 1024;

/** (outputs, inputs) → (inputs, outputs): what MatMul takes. */
function transposed([rows, columns], data) {
  const out = new Float32Array(data.length);
  for (let r = 0; r < rows; r++) {
    for (let c = 0; c < columns; c++) out[c * rows + r] = data[r * columns + c];
  }
  return out;
}

/** The nodes of one block: x (1, T, C) and its caches → x. */
function block(i, { heads, kvHeads }) {
  const name = (part) => `${i}.${part}`;
  const product = (x, w, y) => node("MatMul", [x, name(w)], [name(y)]);
  const norm = (x, y) => node("SimplifiedLayerNormalization", [x, "ones"], [y], { epsilon: 1e-5 });
  const turn = (x, y, num_heads) =>
    node("RotaryEmbedding", [x, "positions", "cos", "sin"], [y], { num_heads }, OWN);
  const cached = [name("past_k"), name("past_v"), "seen", "total"];
  const attended = [name("mixed"), name("present_k"), name("present_v")];
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

/** (tokens (1, T), positions, lengths, caches) → (logits of the last position, caches). */
export function transformerModel(job) {
  const { layers, heads, kvHeads = heads, hidden: C, classes } = job;
  const head = C / heads;
  const sizes = { heads, kvHeads };
  const cache = (name, length) => value(name, FLOAT, [1, kvHeads, length, head]);
  const each = (make) => Array.from({ length: layers }, (_, i) => make(i)).flat();
  const { cos, sin } = rotaryTables(POSITIONS, head);
  const weights = transformerWeights(job).map(([name, shape, data]) =>
    name === "embed"
      ? [
          tensor("table", shape, data),
          tensor("output", shape.toReversed(), transposed(shape, data)),
        ]
      : [tensor(name, shape.toReversed(), transposed(shape, data))],
  );
  return model({
    nodes: [
      node("Gather", ["table", "tokens"], ["x"]),
      ...each((i) => block(i, sizes)),
      node("Gather", [`${layers - 1}.x`, "last"], ["newest"], { axis: 1 }),
      node("SimplifiedLayerNormalization", ["newest", "ones"], ["normed"], { epsilon: 1e-5 }),
      node("MatMul", ["normed", "output"], ["logits"]),
    ],
    inputs: [
      value("tokens", INT64, [1, "steps"]),
      value("positions", INT64, [1, "steps"]),
      value("seen", INT32, [1]),
      value("total", INT32, []),
      ...each((i) => [cache(`${i}.past_k`, "past"), cache(`${i}.past_v`, "past")]),
    ],
    outputs: [
      value("logits", FLOAT, [1, classes]),
      ...each((i) => [cache(`${i}.present_k`, "all"), cache(`${i}.present_v`, "all")]),
    ],
    initializers: [
      ...weights.flat(),
      tensor("ones", [C], new Float32Array(C).fill(1)),
      tensor("cos", [POSITIONS, head / 2], cos),
      tensor("sin", [POSITIONS, head / 2], sin),
      message([2, INT64], [8, "last"], [9, bytesOf(BigInt64Array.of(-1n))]),
    ],
  });
}
