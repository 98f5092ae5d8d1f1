// Who has heard a rumour? One of sixteen people begins; in each round, those who know tell their neighbours; after three rounds
// it ends. A network of messages has to learn that from examples, see graph-model.mjs: npm run graph
import { Rumour } from "./graph-model.mjs";

/** People in the plane, neighbours where they are near each other; numbers that look random and are the same everywhere. */
function graphs(count, first) {
  const nodes = 16;
  const spread = (i, step) => (i * step) % 1;
  return Array.from({ length: count }, (_, g) => {
    const at = Array.from({ length: nodes }, (_, i) => {
      const n = (first + g) * nodes + i + 1;
      return [spread(n, 0.7548776662), spread(n * n, 0.5698402909)];
    });
    const [from, to] = [[], []];
    for (const [a, [x, y]] of at.entries()) {
      for (const [b, [u, v]] of at.entries()) {
        if (a === b || (x - u) ** 2 + (y - v) ** 2 > 0.06) continue;
        from.push(a);
        to.push(b);
      }
    }
    const known = at.map((_, i) => Number(i === 0));
    let heard = known;
    for (let round = 0; round < 3; round++) {
      heard = heard.map((had, i) =>
        Number(had || from.some((node, e) => to[e] === i && heard[node])),
      );
    }
    return { known, heard, from, to };
  });
}

const [learned, others] = [graphs(600, 0), graphs(200, 600)];
const steps = Number(process.env.STEPS ?? 600);
/** Share of the nodes of graphs that it never saw for which the logit has the right sign. */
function accuracy(model) {
  const right = others.map((graph) => {
    const logits = model.compute((tape, network) => network.forward(tape, graph));
    return (
      graph.heard.filter((heard, i) => logits[i] > 0 === heard > 0).length / graph.heard.length
    );
  });
  return (100 * right.reduce((a, b) => a + b, 0)) / right.length;
}

let model;
for (const rounds of [1, 2, 3]) {
  model = await Rumour.create({ rounds, seed: 1 });
  const last = await model.fit(learned, { steps, batch: 16, lr: 5e-3, schedule: "cosine" });
  const percent = accuracy(model).toFixed(1);
  console.log(
    `${rounds} round${rounds > 1 ? "s" : " "} of messages: loss ${last.loss.toFixed(3)}, ${percent} % of nodes right`,
  );
}
const graph = others.find(({ heard }) => heard.filter(Boolean).length > 6);
const logits = model.compute((tape, network) => network.forward(tape, graph));
console.log("\none graph that it never saw:");
console.log(`who has heard  ${graph.heard.map((one) => (one ? "●" : "○")).join(" ")}`);
console.log(`its guess      ${Array.from(logits, (one) => (one > 0 ? "●" : "○")).join(" ")}`);
console.log(`fingerprint ${model.fingerprint().slice(0, 12)}`);
