// Files that are made to cost: whatever they hold, they are refused at once, in little memory, with a
// message that a person can read.

import { describe, expect, test } from "vitest";
import { LanguageModel, ModelFileError, modelKind } from "../../src/entries/index.js";
import { listed, SimdreamError } from "../../src/host/errors.js";
import { runtime } from "../models/help.js";
import { safetensorsFile as file } from "./files.js";

const described = (json: string) => file(`{"__metadata__":{"simdream":${JSON.stringify(json)}}}`);

/** As many repetitions as fit into the longest header, with room for what is around them. */
const fill = (part: string, end = part) =>
  part.repeat(Math.floor((16_000_000 - 1000) / part.length)) + end;
const numbered = (count: number, member: (i: number) => string) =>
  Array.from({ length: count }, (_, i) => member(i)).join(",");
const empty = '{"dtype":"F32","shape":[0],"data_offsets":[0,0]}';

const costly: [string, () => Uint8Array][] = [
  ["a header of 90 MB", () => file(" ".repeat(90_000_000))],
  ["many tensors", () => file(`{${numbered(250_000, (i) => `"t${i}":${empty}`)}}`)],
  [
    "as many tensors as there may be",
    () => file(`{${numbered(100_000, (i) => `"t${i}":${empty}`)}}`),
  ],
  ["brackets in brackets in the header", () => file(fill("["))],
  ["brackets in brackets in the metadata", () => described("[".repeat(15_000_000))],
  ["objects in objects", () => described('{"a":'.repeat(1_500_000))],
  ["a list of lists", () => described(`{"format":2,"x":[${fill("[],", "[]")}]}`)],
  ["a list of numbers", () => described(`{"format":2,"x":[${fill("1,", "1")}]}`)],
  ["many names", () => described(`{"format":2,${numbered(900_000, (i) => `"n${i}":1`)}}`)],
  ["a record that is a long text", () => described(`{"format":1,"record":"${fill("a")}"}`)],
  ["a long name", () => file(`{"${fill("n")}":${empty}}`)],
  ["a long model", () => described(`{"format":2,"model":"${fill("m")}"}`)],
  [
    "many unknown options",
    () =>
      described(
        `{"format":2,"numerics":2,"model":"LanguageModel","network":{},"config":{${numbered(90_000, (i) => `"option${i}":1`)}},` +
          `"assets":{},"record":{"runs":0,"steps":0,"examples":0,"targets":0,"loss":null,"validation":null,"history":[]}}`,
      ),
  ],
];

describe("a file that is made to cost", () => {
  test.each(costly)("%s", async (_, make) => {
    const bytes = make();
    const before = process.memoryUsage().rss;
    const begun = process.cpuUsage();
    const error = await LanguageModel.load(bytes, { runtime }).catch((thrown: unknown) => thrown);
    const { user, system } = process.cpuUsage(begun);
    expect(error).toBeInstanceOf(ModelFileError);
    expect((error as Error).message.length).toBeLessThanOrEqual(2000);
    // A second by itself; caches and the collector's threads suffer where other tests run.
    expect((user + system) / 1000).toBeLessThan(2500);
    expect(process.memoryUsage().rss - before).toBeLessThan(500e6);
  });

  test("the first fault ends the reading", () => {
    const bytes = file(`{"a":5,${fill('"b":5,', '"c":5}')}`);
    expect(() => modelKind(bytes)).toThrow('tensor "a": expected an object');
  });

  test("brackets in texts are none", () => {
    const json = JSON.stringify({ format: 2, model: `${'[{"'.repeat(1000)}\\` });
    expect(modelKind(described(json))).toBe(`${'[{"'.repeat(1000)}\\`);
  });
});

describe("messages", () => {
  test("list ten names at most, each short", () => {
    const names = Array.from({ length: 13 }, (_, i) => `name${i}`);
    expect(listed(names)).toBe(`${names.slice(0, 10).join(", ")} and 3 more`);
    expect(listed(["a", "b"])).toBe("a, b");
    expect(listed(["n".repeat(100)])).toBe(`${"n".repeat(60)}…`);
  });

  test("are at most 2,000 characters", () => {
    expect(new SimdreamError("m".repeat(5000)).message).toBe(`${"m".repeat(1999)}…`);
    expect(new ModelFileError("short", { cause: 5 })).toMatchObject({ message: "short", cause: 5 });
  });
});
