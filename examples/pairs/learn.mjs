// What these examples share: a model of pairs is trained, and tells how it gets on.
import { Seq2Seq } from "simdream";

/** Learns pairs; STEPS=5 in the environment makes it a short try. */
export async function learn(pairs, { create, fit }) {
  const model = await Seq2Seq.create({ corpus: pairs, seed: 1, ...create });
  const steps = Number(process.env.STEPS ?? fit.steps);
  console.log(`${pairs.length} pairs, ${model.parameterCount} parameters, ${steps} steps`);
  const options = { schedule: "linear", evalEvery: Math.ceil(steps / 8), ...fit, steps };
  for await (const { step, loss, validation, measures } of model.fit(pairs, options)) {
    if (validation === undefined) continue;
    const exact = `${(100 * measures.exactMatch).toFixed(1)} % exact`;
    const labels = measures.labelAccuracy;
    const told = labels === undefined ? "" : `, ${(100 * labels).toFixed(1)} % of labels`;
    const losses = `loss ${loss.toFixed(3)}, validation ${validation.toFixed(3)}`;
    console.log(`step ${step}: ${losses}, ${exact}${told}`);
  }
  return model;
}

/** Prints the likeliest answers, found by beam search. */
export function show(model, sources) {
  console.log();
  for (const source of sources) {
    console.log(`${source} → ${model.generate({ source, beams: 4 }).text}`);
  }
}
