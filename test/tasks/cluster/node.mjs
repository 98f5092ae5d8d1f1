// One process of the chaos: a worker, good or bad, or a coordinator.
//   node node.mjs worker|wrong|nan|huge|slow <port> <run> <after> <seed>
//   node node.mjs lead <port> <run>
import { connect } from "@nats-io/transport-node";
import { LanguageModel, load } from "../../../dist/node.js";
import { encode, joinOptions, leadRun, serve, settings, text } from "./small.mjs";

const [role, port, run, after = "0", seed = "1"] = process.argv.slice(2);
const { token, patience, lease, every, options, shape } = settings;
const connection = await connect({
  servers: `127.0.0.1:${port}`,
  maxReconnectAttempts: -1,
  reconnectTimeWait: 100,
  waitOnFirstConnect: true,
});
const runtime = await load();

if (role === "lead") {
  const model = await leadRun(connection, {
    ...{ run, token, patience, lease, every, ...joinOptions },
    create: () => LanguageModel.create({ ...shape, corpus: text }),
    load: (file) => LanguageModel.load(file),
    fit: (model, workers, signal) => model.fit(text, { ...options, workers, signal }),
    onReport: ({ step }, { stats }) => console.log(JSON.stringify({ step, stats })),
  });
  console.log(JSON.stringify({ fingerprint: model.fingerprint() }));
  await connection.close();
} else {
  let [given, lies, lying] = [0, 0, false];
  const answer = (numbers) => {
    if (role === "worker" || given++ < Number(after)) return encode(numbers);
    lying = role !== "slow";
    const name = "grads" in numbers ? "grads" : "difference";
    const own = numbers[name].slice();
    if (role === "wrong") own[Number(seed) % own.length] += 0.25;
    if (role === "nan") own.fill(Number.NaN);
    if (role === "huge") return new Uint8Array(100 * 2 ** 20);
    if (role === "slow") {
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, Number(seed) % (2 * patience));
    }
    return encode({ ...numbers, [name]: own });
  };
  try {
    const onTask = () => {
      if (lying) console.log(JSON.stringify({ lies: ++lies }));
    };
    await serve(connection, { run, token, patience, name: role, onTask }, runtime, answer);
  } catch (error) {
    console.log(JSON.stringify({ ended: error.message }));
  }
  process.exit(0);
}
