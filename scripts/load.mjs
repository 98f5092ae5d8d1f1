/**
 * Loads one server process with many streams at once over loopback, and tells whether it bears it:
 * no errors, the slowest stream at least half as fast as the median, memory that does not grow.
 *
 *   node scripts/load.mjs [model.safetensors] [--streams 64] [--tokens 400] [--rounds 10]
 *
 * Without a model it makes one of the usual size (hidden 256). Needs a build; runs for a minute or two.
 * Exits with 1 where one of the three does not hold.
 */
import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { LanguageModel } from "simdream";
import { english } from "simdream/corpus";
import { root } from "./prepare.mjs";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    streams: { type: "string", default: "64" },
    tokens: { type: "string", default: "400" },
    rounds: { type: "string", default: "10" },
  },
});
const [streams, tokens, rounds] = [values.streams, values.tokens, values.rounds].map(Number);
/** A round that takes longer has failed. */
const PATIENCE = 120_000;
/** Rounds until the server's memory has found its size. */
const WARM = 3;

const folder = mkdtempSync(join(tmpdir(), "simdream-load-"));
const { server, url } = await start(positionals[0] ?? (await makeModel()));
try {
  const { model, cores } = { model: cpus()[0]?.model.trim(), cores: cpus().length };
  console.log(`${streams} streams of ${tokens} tokens, ${rounds} rounds; ${cores} × ${model}`);
  console.log("round  errors  tokens/s  first token ms  slowest/median  server's MB");
  const results = [];
  for (let r = 1; r <= rounds; r++) {
    const result = await round();
    results.push(result);
    console.log(
      [
        String(r).padStart(5),
        String(result.errors).padStart(7),
        result.rate.toFixed(0).padStart(9),
        result.first.toFixed(0).padStart(15),
        result.fairness.toFixed(2).padStart(15),
        result.megabytes.toFixed(1).padStart(12),
      ].join(" "),
    );
  }
  judge(results);
} finally {
  server.kill("SIGKILL");
  rmSync(folder, { recursive: true, force: true });
}

/** All streams at once, from the first request to the last token. */
async function round() {
  const begun = performance.now();
  const signal = AbortSignal.timeout(PATIENCE);
  const all = Array.from({ length: streams }, () => ({ tokens: 0, first: 0, failed: false }));
  /** What each had when half of all tokens had come: the end would hide who waited for whom. */
  let halfway;
  let total = 0;
  await Promise.all(
    all.map(async (own, seed) => {
      try {
        for await (const count of tokensOf(await ask(seed, signal))) {
          own.first ||= performance.now() - begun;
          own.tokens += count;
          total += count;
          if (total >= (streams * tokens) / 2) halfway ??= all.map((stream) => stream.tokens);
        }
        own.failed = own.tokens !== tokens;
      } catch (error) {
        own.failed = true;
        console.error(`stream ${seed}: ${error.message}`);
      }
    }),
  );
  const seconds = (performance.now() - begun) / 1000;
  const progress = (halfway ?? [0]).sort((a, b) => a - b);
  return {
    errors: all.filter(({ failed }) => failed).length,
    rate: total / seconds,
    first: median(all.map(({ first }) => first)),
    fairness: progress[0] / median(progress),
    megabytes: residentBytes(server.pid) / 2 ** 20,
  };
}

function ask(seed, signal) {
  const body = { prompt: "", max_tokens: tokens, seed, stream: true };
  const headers = { "content-type": "application/json" };
  return fetch(`${url}/v1/completions`, {
    method: "POST",
    headers,
    body: JSON.stringify(body),
    signal,
  });
}

/** How many tokens each piece of an answer brings. */
async function* tokensOf(response) {
  if (!response.ok) throw new Error(`status ${response.status}: ${await response.text()}`);
  let rest = "";
  for await (const part of response.body.pipeThrough(new TextDecoderStream())) {
    const events = (rest + part).split("\n\n");
    rest = events.pop();
    if (events.some((event) => event.includes('"error"'))) throw new Error(events.join("\n"));
    const count = events.filter((event) => event !== "data: [DONE]").length;
    if (count > 0) yield count;
  }
}

function judge(results) {
  const errors = results.reduce((sum, result) => sum + result.errors, 0);
  const fairness = Math.min(...results.map((result) => result.fairness));
  const warm = results[Math.min(WARM, results.length) - 1].megabytes;
  const last = results.at(-1).megabytes;
  const checks = [
    [errors === 0, `${errors} errors`],
    [fairness >= 0.5, `slowest stream ${fairness.toFixed(2)} of the median, at worst`],
    [last < 1.15 * warm, `memory ${warm.toFixed(1)} MB warm, ${last.toFixed(1)} MB at the end`],
  ];
  for (const [fine, text] of checks) console.log(`${fine ? "ok  " : "FAIL"}  ${text}`);
  if (checks.some(([fine]) => !fine)) process.exitCode = 1;
}

function median(numbers) {
  return [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)];
}

/** A model of the usual size; what it has learnt does not change its speed. */
async function makeModel() {
  const model = await LanguageModel.create({ corpus: english, hidden: 256, seed: 1 });
  for await (const _ of model.fit(english, { steps: 20 }));
  const path = join(folder, "model.safetensors");
  writeFileSync(path, model.save());
  return path;
}

async function start(path) {
  const args = [join(root, "dist", "cli.js"), "serve", path, "--port", "0", "--json"];
  const limits = ["--max-concurrent", String(streams), "--timeout", String(PATIENCE)];
  const child = spawn(process.execPath, [...args, ...limits, "--max-tokens", String(tokens)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const line = await new Promise((resolve, reject) => {
    child.stdout.once("data", (data) => resolve(String(data)));
    child.once("exit", (code) => reject(new Error(`the server ended with ${code}`)));
  });
  return { server: child, url: JSON.parse(line).url };
}

function residentBytes(pid) {
  return 1024 * Number(execFileSync("ps", ["-o", "rss=", "-p", String(pid)], { encoding: "utf8" }));
}
