// Writes the tables of docs/options.md, between its markers, from the rules of the options and the
// command line's help texts. With --check nothing is written; the exit code says whether they are there.
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { build } from "esbuild";
import { root } from "./prepare.mjs";

const page = join(root, "docs", "options.md");
const marker = (name) => `<!-- ${name}: written by scripts/option-tables.mjs -->`;
const [begin, end] = [marker("tables"), marker("end")];

const { kinds, trainingTable, roundTable, generationTable, differing, ...tools } = await sources();

const before = readFileSync(page, "utf8");
const [head, rest] = before.split(begin);
const tail = rest?.split(end)[1];
if (tail === undefined) throw new Error(`${page} lacks a marker: ${begin} or ${end}`);
const after = `${head}${begin}\n\n${sections().join("\n\n")}\n\n${end}${tail}`;
if (process.argv.includes("--check")) {
  if (after !== before) console.error("docs/options.md is old: run node scripts/option-tables.mjs");
  process.exitCode = after === before ? 0 : 1;
} else {
  writeFileSync(page, after);
}

/** The tables of the command line's sources, bundled on the fly. */
async function sources() {
  const outfile = join(root, "build", `option-tables-${process.pid}.mjs`);
  await build({
    entryPoints: [join(root, "src", "cli", "options", "every-table.ts")],
    outfile,
    bundle: true,
    format: "esm",
    platform: "node",
    packages: "external",
    logLevel: "error",
  });
  try {
    return await import(pathToFileURL(outfile).href);
  } finally {
    rmSync(outfile);
  }
}

function sections() {
  return [
    ...kinds.flatMap((kind) => [
      `## \`--model ${kind.name}\`: ${kind.title}`,
      ...calls(kind.options).map(([call, tables]) => section(call, tables, kind)),
    ]),
    "## Every model",
    section("fit", [trainingTable, roundTable]),
    "## Samplers of text",
    section("generate", [generationTable]),
  ];
}

/** Tables by the call that takes them. */
function calls(tables) {
  const names = [...new Set(tables.map(({ call }) => call))];
  const own = names.filter((call) => call !== undefined);
  const order = own.length < names.length ? [...own, undefined] : own;
  return order.map((call) => [call, tables.filter((one) => one.call === call)]);
}

function section(call, tables, kind) {
  const title = call === undefined ? "On the command line only" : `\`${call}\``;
  const also = call === "fit" && kind ? ", besides what every model takes" : "";
  // What neither the call nor the command line has is another kind's.
  const has = (table, name) => call !== undefined || tools.namesIn(table).includes(name);
  const lines = tables.flatMap((table) =>
    Object.keys(table.rules)
      .filter((name) => has(table, name))
      .map((name) => row(call, table, name)),
  );
  return [
    `### ${title}${also}\n`,
    "| option | command line | may be | default | |",
    "|---|---|---|---|---|",
    ...lines,
  ].join("\n");
}

function row(call, table, name) {
  const rule = table.rules[name];
  const shown = tools.namesIn(table).includes(name);
  const typed = shown ? commands(rule, tools.flag(tools.commandLineName(table, name))) : "";
  const option =
    call === undefined ? "" : `\`${table.prefix === "" ? "" : `${table.prefix}.`}${name}\``;
  const differs = shown && call !== undefined && !table.asLibrary.includes(name);
  const other = differs ? differing[name] : undefined;
  const value = tools.defaultOf(rule, (of) => `\`${of}\``) ?? "";
  const standard = other === undefined ? value : `${value}; ${other} on the command line`;
  const text = table.help[name].replace(/^(<[^>]+>|\[[^\]]+\]) /, "");
  // A value that may be left out is a flag, too.
  const flag = table.help[name].startsWith("[") ? "true, false, " : "";
  return `| ${[option, typed, flag + bounds(rule), standard, text].join(" | ")} |`.replaceAll(
    / +/g,
    " ",
  );
}

/** An option as it is typed, and the one that turns it off. */
function commands(rule, typed) {
  return tools.turnsOff(rule) ? `\`${typed}\`, \`${tools.negated(typed)}\`` : `\`${typed}\``;
}

/** What a value may be, in words. */
function bounds(rule) {
  if (rule.type === "choice") return rule.of.map((one) => `\`${one}\``).join(", ");
  if (rule.type === "flag") return "true, false";
  if (rule.type === "text") return "a text";
  if (rule.type === "other") return "";
  const kind = { number: "a number", integer: "a whole number", pair: "two numbers" }[rule.type];
  const low = rule.min === undefined ? "" : `${rule.above ? "above" : "from"} ${rule.min}`;
  const high = rule.max === undefined ? "" : `to ${rule.max}`;
  return [kind, low, high].filter((word) => word !== "").join(" ");
}
