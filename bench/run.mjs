// npm run bench [-- --quick] [-- --only matmul] …: measures simdream and its peers, shows the tables,
// writes results.json and results.svg beside this file.

import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { cpus, loadavg, totalmem } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { bars } from "./lib/bars.mjs";
import { chart } from "./lib/chart.mjs";
import { Group } from "./lib/compare.mjs";
import { bench, chooseEngine, commands, labels, pinned } from "./lib/peers.mjs";
import { showBars, showRow } from "./lib/table.mjs";

/** The groups of rows, in the order in which they run: the core ones first. */
const groups = [
  "roofline",
  "training",
  "sampling",
  "transformer",
  "decoding",
  "matmul",
  "convolution",
  "vae",
  "gan",
  "diffusion",
  "cold-start",
  "size",
  "memory",
  "translation",
  "growth",
];

/** How long and how often: `--quick` must end within three minutes on a busy machine. */
const full = {
  times: { warmMs: 600, sampleMs: 50 },
  rounds: 21,
  rowSeconds: 8,
  patience: 300_000,
};
const quickly = {
  times: { warmMs: 350, sampleMs: 25 },
  rounds: 8,
  rowSeconds: 3,
  patience: 30_000,
  deadline: 170_000,
};

const usage = `npm run bench -- [options]

  --quick          fewer rows and samples; ends within three minutes
  --only <group>   one group of rows, may be repeated: ${groups.join(", ")}
  --engine <path>  the JavaScript engine of all peers (default: Node 26 from npm; "current": this one)
  --clock <clock>  compare by wall time, or by the processes' cpu time, which says more where others use
                   the machine (default: auto, cpu where the load leaves no core free)
  --out <folder>   where results.json and results.svg go (default: bench/)
  --help
`;

function readOptions() {
  const { values } = parseArgs({
    options: {
      quick: { type: "boolean", default: false },
      only: { type: "string", multiple: true, default: [] },
      engine: { type: "string" },
      clock: { type: "string", default: "auto" },
      out: { type: "string", default: bench },
      help: { type: "boolean", default: false },
    },
  });
  for (const name of values.only) {
    if (!groups.includes(name)) throw new Error(`--only must be ${groups.join(", ")}; got ${name}`);
  }
  if (!["auto", "wall", "cpu"].includes(values.clock)) {
    throw new Error(`--clock must be auto, wall or cpu, got ${values.clock}`);
  }
  if (values.clock === "auto") values.clock = loadavg()[0] > cpus().length - 1 ? "cpu" : "wall";
  return values;
}

/** The machine and the programs, so that a figure can be placed. */
function machine(engine) {
  const ask = (...command) => spawnSync(...command, { encoding: "utf8" }).stdout?.trim();
  const versions = JSON.parse(ask(engine, ["-p", "JSON.stringify(process.versions)"]));
  return {
    cpu: cpus()[0]?.model.trim(),
    cores: cpus().length,
    memory: totalmem(),
    load: loadavg(),
    platform: `${process.platform} ${process.arch}`,
    engine: { node: versions.node, v8: versions.v8 },
    peers: pinned,
  };
}

async function main() {
  const options = readOptions();
  if (options.help) return process.stdout.write(usage);
  mkdirSync(options.out, { recursive: true });
  // Installing and building count: a quick run ends in time on a fresh clone, with fewer rows.
  const begun = Number(process.env.SIMDREAM_BENCH_BEGUN ?? Date.now());
  const engine = chooseEngine(options.engine);
  const settings = options.quick ? quickly : full;
  const late = () => Date.now() - begun > (settings.deadline ?? Infinity);
  const context = {
    engine,
    quick: options.quick,
    clock: options.clock,
    settings,
    labels,
    commands: commands(engine),
    late,
    log: (row) => process.stdout.write(showRow(row)),
    unless(work) {
      if (late()) throw new Error("left out: the time of --quick is over");
      return work();
    },
  };
  const report = {
    date: new Date().toISOString(),
    quick: options.quick,
    clock: options.clock,
    machine: machine(engine),
    groups: [],
  };
  const { cpu, cores, engine: versions, load } = report.machine;
  process.stdout.write(
    `${cpu}, ${cores} cores, load ${load[0].toFixed(1)}; Node ${versions.node}, V8 ${versions.v8}; ` +
      `medians by ${options.clock} time, peers in turn\n` +
      "×: how many times as fast the first line is, in the same rounds; for size and memory, how many " +
      "times as large the other is\n",
  );
  const chosen = groups.filter((name) => options.only.length === 0 || options.only.includes(name));
  for (const name of chosen) report.groups.push(await measure(name, context));
  report.bars = bars(report);
  process.stdout.write(showBars(report.bars));
  report.seconds = Math.round((Date.now() - begun) / 1000);
  writeFileSync(join(options.out, "results.json"), `${JSON.stringify(report, rounded, 1)}\n`);
  writeFileSync(join(options.out, "results.svg"), chart(report));
  process.stdout.write(`\n${report.seconds} s; results.json and results.svg in ${options.out}\n`);
}

async function measure(name, context) {
  const { title, run } = await import(`./rows/${name}.mjs`);
  process.stdout.write(`\n${title}\n`);
  const group = new Group(context);
  let rows = [];
  try {
    rows = await run({ ...context, group });
  } catch (error) {
    rows = [{ name, results: [{ peer: "all", skipped: error.message }] }];
    context.log(rows[0]);
  } finally {
    await group.end();
  }
  return { name, title, versions: group.versions, rows };
}

/** Figures have no more digits than they deserve. */
function rounded(_key, value) {
  return typeof value === "number" && !Number.isInteger(value)
    ? Number(value.toPrecision(6))
    : value;
}

try {
  await main();
} catch (error) {
  process.stderr.write(`bench: ${error.message}\n`);
  process.exitCode = 1;
}
