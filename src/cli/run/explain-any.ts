// What any model computes, where there is no more to say of its kind.

import { type AnyModel, trace } from "../../entries/insight.js";
import type { ExplainWords } from "../show/explain-words.js";
import { short } from "../show/page.js";
import type { Explained } from "./explained.js";

/** Rows of the table. */
const MOST = 200;

/** @param look what the model is asked to do meanwhile */
export async function explainAny(
  model: AnyModel,
  look: (model: AnyModel) => unknown,
  w: ExplainWords,
): Promise<Explained> {
  const { activations } = await trace(model, look);
  const rows = Object.entries(activations).map(([name, { shape, values }]) => {
    let [sum, squares] = [0, 0];
    for (const value of values) {
      sum += value;
      squares += value * value;
    }
    const mean = sum / values.length;
    const deviation = Math.sqrt(Math.max(0, squares / values.length - mean * mean));
    return { name, shape, mean, deviation };
  });
  return {
    of: w.computes,
    sections: [
      {
        title: w.computes,
        parts: [
          {
            head: [w.name, w.shape, w.mean, w.deviation],
            table: rows
              .slice(0, MOST)
              .map(({ name, shape, mean, deviation }) => [
                name,
                shape.join(" × "),
                short(mean),
                short(deviation),
              ]),
            // Shapes in one line, too.
            numbers: [1, 2, 3],
          },
          { text: w.computesNote, tone: "note" },
        ],
      },
    ],
    json: { activations: rows },
  };
}
