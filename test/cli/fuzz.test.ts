// Damaged files of texts, tables and JPEGs: each is read, or refused by an error that the command line words, soon
// and in few words. And files that are made to cost.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Failure } from "../../src/cli/errors.js";
import { decodeJPEG } from "../../src/cli/io/jpeg.js";
import { readLabelRows } from "../../src/cli/io/label-rows.js";
import { readPairFiles } from "../../src/cli/io/pair-files.js";
import { readLog } from "../../src/cli/io/read-log.js";
import { readRecords } from "../../src/cli/io/records.js";
import { readVectors } from "../../src/cli/io/vectors.js";
import { oneLine } from "../../src/cli/show/format.js";
import { ImageSet, readCaptions, SimdreamError } from "../../src/entries/node.js";
import { numbers, woundBytes } from "../tasks/fuzz/mutate.mjs";

const CASES = Number(process.env.FUZZ_CASES ?? 3000);
const SEED = Number(process.env.FUZZ_SEED ?? 7);
/** Milliseconds of a processor by one file; more where other tests run. */
const LONG = 2500;

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "simdream-fuzz-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const images = new ImageSet({
  ...{ pixels: new Uint8Array(3), height: 1, width: 1, channels: 1 },
  names: ["a.png", "sub/b.png", "c.png"],
});

function labelled(path: string): void {
  const { rows, by } = readLabelRows(path);
  images.withLabels(rows, { by });
}
const records = (path: string) =>
  readRecords([path], { text: ["text", "lines"], labels: ["kind", "of"] }, true);
const captioned = (path: string) => images.withCaptions(readCaptions(readFileSync(path, "utf8")));

const { turned } = JSON.parse(
  readFileSync(new URL("../golden/jpeg.json", import.meta.url), "utf8"),
) as { turned: readonly unknown[] };
const jpeg = Buffer.from(/\/9j\/[^"]*/.exec(JSON.stringify(turned))![0], "base64");

/** A good file each, by its name, and what reads it. */
const readers: readonly [string, string | Uint8Array, (path: string) => unknown][] = [
  ["captions.tsv", "a.png\ta hat\t一顶\nb.png\tdog\nc.png\tcat\nc.png\tmore\n", captioned],
  ["captions.json", '{"a.png":"x","sub/b.png":["y","z"],"c.png":["今"]}', captioned],
  ["labels.csv", 'file,kind,n\na.png,"x, ""y""",1\nb.png,z,2\r\nc.png,x,3\n', labelled],
  [
    "labels.json",
    '[{"file":"a.png","n":1},{"file":"b.png","n":true},{"file":"c.png","n":"x"}]',
    labelled,
  ],
  [
    "labels.jsonl",
    '{"name":"a.png","n":1}\n{"name":"b.png","n":2}\n{"name":"c.png","n":3}',
    labelled,
  ],
  [
    "records.jsonl",
    '{"text":"a","kind":"x","of":2}\n{"lines":["b","c"],"kind":null}\n{"text":"\\u4eca","of":"y"}',
    records,
  ],
  ["records.tsv", "text\tkind\tof\na\tx\t1\nb\t\t2\n", records],
  ["vectors.csv", "x,y,z\n1,2.5,-3e2\n.5,+4,5\n\n6,7,8\n", (path) => readVectors([path])],
  [
    "pairs.tsv",
    "one\tONE\teven\ntwo\tTWO\todd\n三\tTHREE\n",
    (path) => readPairFiles([path], { normalize: "NFKC", dedupe: true, labelColumn: 2 }),
  ],
  [
    "run.log",
    '{"step":1,"steps":9,"loss":2}\n{"step":2,"steps":9,"loss":1,"validation":3}\n',
    readLog,
  ],
  ["a.jpg", jpeg, (path) => decodeJPEG(path, new Uint8Array(readFileSync(path)))],
];

/** What is wrong with how a file was read or refused; undefined: nothing. */
function fault(name: string, content: string | Uint8Array, read: (path: string) => unknown) {
  const path = join(folder, name);
  writeFileSync(path, content);
  const begun = process.cpuUsage();
  let message = "";
  try {
    read(path);
  } catch (error) {
    if (!(error instanceof SimdreamError || error instanceof Failure)) return String(error);
    message = error.message;
  }
  const { user, system } = process.cpuUsage(begun);
  if ((user + system) / 1000 > LONG) return `${(user + system) / 1000} ms`;
  return message.length > 2000 ? `a message of ${message.length} characters` : undefined;
}

describe("files of texts, tables and JPEGs", () => {
  it.each(readers)("whole, are read: %s", (name, content, read) => {
    writeFileSync(join(folder, name), content);
    expect(() => read(join(folder, name))).not.toThrow();
  });

  it("damaged, are refused by errors of ours, or are read", () => {
    for (let i = 0; i < CASES; i++) {
      const draw = numbers(SEED, i);
      const [name, content, read] = draw.pick(readers);
      const wrong = fault(name, woundBytes(Buffer.from(content), draw), read);
      expect(wrong, `case ${i}, ${name}`).toBeUndefined();
    }
  });

  const deep = "[".repeat(100_000) + "]".repeat(100_000);
  const costly: [string, string, string, (path: string) => unknown][] = [
    ["100,000 captions of one picture", "c.tsv", "a.png\tx\n".repeat(100_000), captioned],
    ["lists in lists as a caption", "c.json", `{"a.png":[${deep}]}`, captioned],
    [
      "lists in lists as a label",
      "l.json",
      `[${`{"file":"a.png","n":${deep}},`.repeat(2)}{}]`,
      labelled,
    ],
    ["what is no text as a name", "l.json", '[{"file":{"toString":null},"n":1}]', labelled],
    [
      "3,000 columns",
      "l.csv",
      `${Array.from({ length: 3000 }, (_, i) => `c${i}`)}\n${"1,".repeat(2999)}1\n`,
      labelled,
    ],
    ["lists in lists as a text", "r.jsonl", `{"text":${deep}}`, records],
    [
      "a number of a million digits",
      "v.csv",
      `1,${"1".repeat(1_000_000)}x`,
      (path) => readVectors([path]),
    ],
  ];
  it.each(costly)("that are made to cost: %s", (_, name, content, read) => {
    expect(fault(name, content, read)).toBeUndefined();
  });
});

it("a long run of spaces is shown as soon as a short one", () => {
  expect(oneLine(`a${" ".repeat(300_000)}b`, 4)).toBe("a  …");
  expect(oneLine(" a \n\n \r\n b\n", 20)).toBe("a ↵ b");
});
