// A network over graphs, by messages along edges (Gilmer et al. 2017): in each round every node adds up what its neighbours
// say and makes of it, and of what it knew, what it knows next.
import {
  add,
  binaryCrossEntropy,
  concat,
  defineModel,
  gather,
  Linear,
  relu,
  scatter,
} from "simdream/nn";

export const Rumour = defineModel({
  name: "Rumour",
  module: import.meta.url,
  defaults: { hidden: 24, rounds: 3, nodes: 16 },

  build(scope, { hidden, rounds }) {
    const read = new Linear(scope.child("read"), 1, hidden);
    const say = new Linear(scope.child("say"), hidden, hidden);
    const learn = new Linear(scope.child("learn"), 2 * hidden, hidden);
    const out = new Linear(scope.child("out"), hidden, 1);

    /** What each node knows at first, (N, 1), and edges from node to node → a logit of each node (N, 1) */
    const forward = (tape, { known, from, to }) => {
      let h = relu(tape, read.forward(tape, tape.tensor(known, [known.length, 1])));
      for (let round = 0; round < rounds; round++) {
        const messages = gather(tape, relu(tape, say.forward(tape, h)), from);
        const heard = scatter(tape, messages, to, known.length);
        h = add(tape, h, relu(tape, learn.forward(tape, concat(tape, h, heard))));
      }
      return out.forward(tape, h);
    };
    return {
      forward,
      /** Of each graph, the sum over its nodes. */
      loss(tape, batch, { rows }) {
        const shape = [rows, batch.known.length / rows];
        return binaryCrossEntropy(
          tape,
          forward(tape, batch).reshaped(shape),
          tape.tensor(batch.heard, shape),
        );
      },
    };
  },

  // Graphs of a batch lie side by side: one graph of more nodes, with no edge between them.
  batch(graphs, indices, { nodes }) {
    const some = Array.from(indices, (i) => graphs[i]);
    const ends = (side) =>
      Int32Array.from(some.flatMap((graph, g) => graph[side].map((node) => g * nodes + node)));
    const values = (name) => Float32Array.from(some.flatMap((graph) => graph[name]));
    return { known: values("known"), heard: values("heard"), from: ends("from"), to: ends("to") };
  },
  targets: ({ known }) => known.length,
});
