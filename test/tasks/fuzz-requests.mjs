// Requests to every kind of model that is served, damaged at random: each is answered, soon and in few words, and
// never by an error of the server's own. Ends with exit code 1 where one is not.
//
//   node test/tasks/fuzz-requests.mjs [--requests 100000] [--seed 1] [--at 123]

import { parseArgs } from "node:util";
import { createHandler } from "../../dist/serve.js";
import { servedModels } from "./fuzz/files.mjs";
import { change, nudge, numbers, woundBytes } from "./fuzz/mutate.mjs";

const { values } = parseArgs({
  options: {
    requests: { type: "string", default: "100000" },
    seed: { type: "string", default: "1" },
    at: { type: "string" },
  },
});

/** What no request may cost: milliseconds of a processor, bytes, characters of a message. */
const [LONG, LARGE, WORDY] = [1000, 500e6, 4000];

const unexpected = [];
const limits = { maxTokens: 40, maxSteps: 4, maxPixels: 4096, maxChoices: 4, timeout: 20_000 };
const served = (await servedModels()).map((model) => ({
  words: model.constructor.name === "Diffusion",
  pictures: typeof model.config.latent === "number" || model.constructor.name === "Diffusion",
  handler: createHandler(model, {
    ...{ ...limits, name: "m", cors: true, onError: (error) => unexpected.push(error) },
  }),
}));

const common = {
  ...{ model: "m", max_tokens: 3, n: 2, temperature: 0.5, top_p: 0.9, seed: 3, user: "u" },
  ...{ presence_penalty: 0.1, frequency_penalty: 0.1, logit_bias: { 1: 2 }, stop: ["x", "yy"] },
};
const streaming = { stream: true, stream_options: { include_usage: true } };
const said = [
  { role: "system", content: "be" },
  { role: "user", content: [{ type: "text", text: "one" }] },
  { role: "assistant", content: "two", name: "a" },
  { role: "user", content: "one" },
];
/** Bodies that are answered, of texts and of pictures. */
const texts = [
  ["completions", { ...common, prompt: ["one", "two"], n: 1, best_of: 2, logprobs: 2 }],
  ["completions", { ...common, ...streaming, prompt: "one", echo: true, overflow: "slide" }],
  ["completions", { prompt: "one", labels: { kind: "odd" }, max_tokens: 3 }],
  ["chat/completions", { ...common, messages: said, logprobs: true, top_logprobs: 2 }],
  ["chat/completions", { messages: said, ...streaming, max_completion_tokens: 4 }],
  ["chat/completions", { messages: said, response_format: { type: "text" }, modalities: ["text"] }],
];
const pictures = [
  ["images/generations", { prompt: "odd", n: 2, size: "16x16", response_format: "png", seed: 1 }],
  ["images/generations", { labels: { kind: "even" }, steps: 2, guidance: 2, sampler: "heun" }],
  ["images/generations", { prompt: "number 1", negative_prompt: "the", steps: 2, tile: true }],
  ["images/generations", { stream: true, partial_images: 1, steps: 2, temperature: 1 }],
];

const found = { cases: 0, answered: 0, refused: 0, slowest: 0, longest: 0, rss: 0 };
const faults = [];
if (values.at !== undefined) await one(Number(values.at), true);
else {
  // What is damaged must be taken whole by one of them, or its damaged ones would be refused for the wrong reason.
  for (const [path, body] of [...texts, ...pictures]) {
    const sent = { path: `/v1/${path}`, body: JSON.stringify(body), headers: {} };
    const answers = await Promise.all(served.map(({ handler }) => handler(request(sent))));
    const said = await Promise.all(answers.map((answer) => answer.text()));
    if (!answers.some(({ status }) => status === 200)) faults.push(`${path}: ${said.join(" ")}`);
  }
  const before = process.memoryUsage().rss;
  for (let i = 0; i < Number(values.requests); i++) {
    await one(i, false);
    if (i % 500 === 0) found.rss = Math.max(found.rss, process.memoryUsage().rss);
    if (found.rss - before > LARGE) {
      faults.push(`${i}: memory grew to ${(found.rss / 1e6).toFixed(0)} MB`);
      break;
    }
  }
}
console.log(JSON.stringify({ ...found, faults: faults.length }));
for (const fault of faults.slice(0, 20)) console.log(fault);
process.exit(faults.length > 0 ? 1 : 0);

async function one(number, verbose) {
  const draw = numbers(Number(values.seed), number);
  const { handler, pictures: ofPictures } = draw.pick(served);
  const other = draw.below(20) === 0;
  const sent = damaged(draw, draw.pick(ofPictures !== other ? pictures : texts));
  unexpected.length = 0;
  const begun = process.cpuUsage();
  let message = "";
  let status = 0;
  try {
    const answer = await handler(request(sent));
    status = answer.status;
    if (answer.headers.get("content-type") === "image/png") await answer.arrayBuffer();
    else message = await answer.text();
  } catch (error) {
    faults.push(`${number}: ${error?.stack ?? error}`);
  }
  const { user, system } = process.cpuUsage(begun);
  const took = (user + system) / 1000;
  if (verbose) console.log(sent, status, took.toFixed(1), message.slice(0, 2000), unexpected);
  found.cases++;
  if (status === 200 || status === 204) found.answered++;
  else found.refused++;
  found.slowest = Math.max(found.slowest, Math.round(took));
  if (status >= 400) found.longest = Math.max(found.longest, message.length);
  if (unexpected.length > 0) faults.push(`${number}: ${unexpected[0]?.stack ?? unexpected[0]}`);
  if (status >= 500) faults.push(`${number}: status ${status}, ${message.slice(0, 200)}`);
  if (status >= 400 && message.length > WORDY)
    faults.push(`${number}: ${message.length} characters`);
  if (took > LONG) faults.push(`${number}: ${took.toFixed(0)} ms`);
}

function request({ method = "POST", host = "localhost", path, body, headers }) {
  const sent = new Headers({ "content-type": "application/json" });
  for (const [name, value] of Object.entries({ host, ...headers })) sent.set(name, value);
  const init = { method, headers: sent, ...(method === "POST" ? { body } : {}) };
  return new Request(`http://localhost${path}`, init);
}

/** A request in which something is other than it should be: its body, its path, its headers. */
function damaged(draw, [to, from]) {
  const { below, pick } = draw;
  const root = structuredClone(from);
  const way = below(3);
  for (let n = 1 + below(3); n > 0 && way < 2; n--) (way === 0 ? change : nudge)(root, draw);
  let body = JSON.stringify(root);
  if (way === 2) body = woundBytes(Buffer.from(body), draw);
  const sent = { path: `/v1/${to}`, body, headers: {} };
  if (below(8) > 0) return sent;
  const query = pick(["?", "?a=%", "?prompt=x&&&=", "#a", `?${"q".repeat(3000)}`, "/", "%2e%2e"]);
  if (below(2)) sent.path += query;
  if (below(4) === 0)
    sent.path = pick(["/v1/models", "/v1/models/%ff", "/health", "//", "/v1/%00"]);
  if (below(3) === 0) sent.method = pick(["GET", "HEAD", "OPTIONS", "PUT", "POST"]);
  if (below(3) === 0) sent.host = pick(["", "a b", "[::1]:8", "x:99999999", "h".repeat(4000)]);
  const headers = [
    ["content-type", pick(["text/plain", "application/json; charset=x", "", "application/json;;"])],
    ["content-length", pick(["-1", "1e9", "x", "0", "99999999999999999999"])],
    ["content-encoding", pick(["gzip", "identity", "br, br"])],
    ["x-request-id", pick(["a".repeat(500), "é", "ok-1"])],
    ["origin", pick(["null", "http://a", "*"])],
    ["authorization", pick(["Bearer", `Bearer ${" ".repeat(5000)}`, "Basic x"])],
    ["access-control-request-headers", pick(["x".repeat(5000), ",", "é"])],
  ];
  const [name, value] = pick(headers);
  sent.headers[name] = value;
  return sent;
}
