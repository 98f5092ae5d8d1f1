import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { dailySeed, levelLink, modelMark, readLink, verify } from "../../src/entries/game.js";
import { InvalidInputError } from "../../src/host/errors.js";
import { LightKey } from "../../src/host/light-key.js";
import { lightSha256 } from "../../src/host/light-sha256.js";

const model = Uint8Array.from({ length: 1000 }, (_, i) => i);
const options = {
  width: 10,
  height: 10,
  temperature: 0.9,
  labels: { theme: "cave", hard: true },
  rules: [1, -2, 1e300],
};

test("SHA-256 as Node's", () => {
  for (const n of [0, 1, 55, 56, 63, 64, 65, 119, 120, 1000]) {
    const bytes = model.subarray(0, n);
    expect(lightSha256(bytes)).toBe(createHash("sha256").update(bytes).digest("hex"));
  }
});

describe("levelLink and readLink", () => {
  test("what is written is read", () => {
    const link = levelLink({ model, seed: 7, options });
    expect(link).toMatch(/^[\w-]+$/);
    expect(readLink(link)).toEqual({ model: modelMark(model), seed: 7, options });
    expect(modelMark(model)).toBe(createHash("sha256").update(model).digest("hex").slice(0, 12));
  });

  test("of a few bytes", () => {
    expect(levelLink({ model, seed: 1 }).length).toBe(15);
    const usual = { width: 10, height: 10, temperature: 0.9 };
    expect(levelLink({ model, seed: 20261130, options: usual }).length).toBeLessThan(31);
  });

  test("the same for the same: order, what is not given, forms of the model", () => {
    const turned = Object.fromEntries(Object.entries(options).reverse());
    const hash = createHash("sha256").update(model).digest("hex");
    const link = levelLink({ model, seed: 7, options });
    for (const one of [model.buffer.slice(0), hash, hash.slice(0, 12), hash.toUpperCase()]) {
      expect(levelLink({ model: one, seed: 7, options: { ...turned, topP: undefined } })).toBe(
        link,
      );
    }
  });

  test("stays as it is: links of old stay good", () => {
    const link = "AQEjRWeJq6wCAwAEbm90ZQcCw6kDBAEJASAnxA";
    const said = {
      model: "0123456789ab",
      seed: 300,
      options: { width: 16, note: "é", temperature: 0.9 },
    };
    expect(levelLink(said)).toBe(link);
    expect(readLink(link)).toEqual(said);
    // By hand: version, model, 300 as LEB128, three options in order of their names.
    const note = [0, 4, 110, 111, 116, 101, 7, 2, 0xc3, 0xa9];
    const fields = [3, ...note, 3, 4, 1, 9, 1, 32];
    expect(written([1, 0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xac, 2, ...fields])).toBe(link);
  });

  test("numbers to the last bit", () => {
    const numbers = [
      0,
      1,
      239,
      240,
      -1,
      2 ** 53 - 1,
      -(2 ** 53 - 1),
      0.1,
      -0.7,
      1 / 3,
      5e-324,
      1.7976931348623157e308,
      123456.789,
      0.1 + 0.2,
      2 ** 60,
    ];
    expect(readLink(levelLink({ model, seed: 0, options: { numbers } })).options.numbers).toEqual(
      numbers,
    );
    expect(readLink(levelLink({ model, seed: 2 ** 53 - 1 })).seed).toBe(2 ** 53 - 1);
    const drawn = LightKey.fromSeed(1).integers(400, 2 ** 32);
    for (let i = 0; i < 400; i += 2) {
      const value = (drawn[i] - 2 ** 31) / drawn[i + 1];
      expect(readLink(levelLink({ model, seed: i, options: { value } })).options.value).toBe(value);
    }
  });

  test("a name like that of a prototype is a name", () => {
    const strange = JSON.parse('{ "__proto__": { "width": 3 }, "constructor": 1 }');
    const read = readLink(levelLink({ model, seed: 0, options: strange })).options;
    expect(Object.keys(read).sort()).toEqual(["__proto__", "constructor"]);
    expect(({} as { width?: number }).width).toBeUndefined();
    expect(Object.getPrototypeOf(read)).toBe(Object.prototype);
  });

  test("any change of a letter is refused, and any cut", () => {
    const link = levelLink({ model, seed: 7, options });
    for (let i = 0; i < link.length; i++) {
      for (const letter of ["A", "z", "_"]) {
        const changed = link.slice(0, i) + letter + link.slice(i + 1);
        if (changed !== link) expect(() => readLink(changed)).toThrow(InvalidInputError);
      }
      expect(() => readLink(link.slice(0, i))).toThrow(InvalidInputError);
      expect(() => readLink(`${link}${link.slice(0, i + 1)}`)).toThrow(InvalidInputError);
    }
  });

  test("hostile links end in an error of ours, whatever their bytes say", () => {
    for (let seed = 0; seed < 3000; seed++) {
      const drawn = LightKey.fromSeed(seed).integers(24, 256);
      const body = [1, ...drawn.slice(0, 6 + (seed % 18))];
      let read: unknown;
      try {
        read = readLink(written(body));
      } catch (error) {
        expect(error).toBeInstanceOf(InvalidInputError);
      }
      if (read) expect(levelLink(read as never)).toBe(written(body));
    }
    const head = [1, 0, 0, 0, 0, 0, 0, 0];
    const refused = (tail: number[], message: RegExp) =>
      expect(() => readLink(written([...head, ...tail]))).toThrow(message);
    refused([255, 255, 255, 255, 255, 255, 255, 127], /ends too early|too large/);
    refused([1, 1, 8, 255, 255, 127], /it ends too early/);
    refused([1, 100, 17], /there is no name 100/);
    refused([1, 1, 11], /there is no value of kind 11/);
    refused([1, 1, 7, 1, 255], /not UTF-8/);
    refused([1, 1, ...Array(20).fill([8, 1]).flat(), 17], /too deep/);
    refused([2, 1, 17, 1, 18], /not written as links are/);
    refused([1, 1, 2, 5], /not written as links are/);
    refused([0, 0], /not written as links are/);
    refused([1, 1, 6, 127, 248, 0, 0, 0, 0, 0, 0], /finite number/);
  });

  test("bad input is refused by name", () => {
    const refused = (call: () => unknown, message: RegExp) => {
      expect(call).toThrow(InvalidInputError);
      expect(call).toThrow(message);
    };
    refused(() => readLink(3 as never), /a link must be a text, got 3/);
    refused(() => readLink("a b"), /other signs than letters/);
    refused(() => readLink(""), /other signs/);
    refused(() => readLink("A".repeat(3000)), /3000 letters, at most 2000/);
    refused(() => readLink(written([2, 0, 0])), /of version 2, this reads version 1/);
    refused(() => levelLink({ model: "xyz", seed: 1 }), /12 to 64 hexadecimal digits/);
    refused(() => levelLink({ model: 3 as never, seed: 1 }), /a model's file must be bytes, got 3/);
    refused(() => levelLink({ model, seed: -1 }), /seed must be a whole number/);
    refused(() => levelLink({ model, seed: 1, options: [] }), /options must be an object/);
    refused(
      () => levelLink({ model, seed: 1, options: { playable: () => true } }),
      /options.playable must be a finite number/,
    );
    refused(
      () => levelLink({ model, seed: 1, options: { a: { b: Number.NaN } } }),
      /options.a.b must be/,
    );
    refused(
      () => levelLink({ model, seed: 1, options: { given: "x".repeat(1900) } }),
      /too much for a link/,
    );
    let deep: object = {};
    for (let i = 0; i < 20; i++) deep = { deep };
    refused(() => levelLink({ model, seed: 1, options: deep }), /too deep for a link/);
  });
});

describe("verify", () => {
  const link = levelLink({ model, seed: 7, options: { width: 2 } });

  test("makes the level again and compares", async () => {
    const generate = async ({
      seed,
      options: { width },
    }: {
      seed: number;
      options: object & { width?: unknown };
    }) => `${seed}${width}\n##`;
    expect(await verify(link, "72\n##", generate)).toBe(true);
    expect(await verify(link, "72\r\n##\r\n", generate)).toBe(true);
    expect(await verify(link, "72\n# ", generate)).toBe(false);
    expect(await verify(link, "72\n##", () => "72\n##")).toBe(true);
  });

  test("refuses what is no link and no level, and passes on errors", async () => {
    await expect(verify("nonsense", "x", () => "x")).rejects.toThrow(InvalidInputError);
    await expect(verify(link, 1 as never, () => "x")).rejects.toThrow(/a level must be a text/);
    await expect(verify(link, "x", (() => ({})) as never)).rejects.toThrow(
      /generate must give the level as text/,
    );
    const refuse = () => {
      throw new RangeError("another model");
    };
    await expect(verify(link, "x", refuse)).rejects.toThrow("another model");
  });
});

describe("dailySeed", () => {
  test("of a day, in UTC, the same as text and as date", () => {
    const seed = dailySeed("2026-11-30");
    expect(dailySeed(new Date("2026-11-30T00:00:00Z"))).toBe(seed);
    expect(dailySeed(new Date("2026-11-30T23:59:59.999Z"))).toBe(seed);
    expect(dailySeed(new Date("2026-12-01T00:00:00Z"))).not.toBe(seed);
    expect(dailySeed("2026-11-30", "hard")).not.toBe(seed);
    expect(dailySeed("2026-11-30")).toBe(seed);
  });

  test("ten thousand days have as many seeds, also before 1970", () => {
    const seeds = Array.from({ length: 10_000 }, (_, i) =>
      dailySeed(new Date((i - 100) * 86_400_000)),
    );
    expect(new Set(seeds).size).toBe(10_000);
    for (const seed of seeds)
      expect(Number.isInteger(seed) && seed >= 0 && seed < 2 ** 32).toBe(true);
    const mean = seeds.reduce((a, b) => a + b, 0) / seeds.length / 2 ** 32;
    expect(Math.abs(mean - 0.5)).toBeLessThan(0.01);
  });

  test("what is no day is refused", () => {
    for (const bad of [
      "2026-02-30",
      "2026-13-01",
      "30.11.2026",
      "2026-11-3",
      "",
      "2026-11-30T00:00:00Z",
    ]) {
      expect(() => dailySeed(bad)).toThrow(
        /date must be a valid Date or a day such as "2026-11-30", got "/,
      );
    }
    expect(() => dailySeed(new Date(Number.NaN))).toThrow(InvalidInputError);
    expect(() => dailySeed(20261130 as never)).toThrow(/got 20261130/);
    expect(() => dailySeed("2026-11-30", 1 as never)).toThrow(/salt must be a text/);
  });
});

/** Bytes as a link, with the two at its end: by the page on links, not by the code. */
function written(bytes: readonly number[]): string {
  let hash = 0x811c9dc5;
  for (const byte of bytes) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  const [a, b, c, d] = [hash >>> 24, (hash >>> 16) & 255, (hash >>> 8) & 255, hash & 255];
  return Buffer.from([...bytes, d ^ b, c ^ a]).toString("base64url");
}
