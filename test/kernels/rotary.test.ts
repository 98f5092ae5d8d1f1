// The table of rotary positions against angles of 40 digits (mpmath): theta^(-2i/d) to the last digits, and sine and cosine
// to within rounding, up to the largest position.

import { expect, test } from "vitest";
import { rotaryFrequencies, rotaryTable } from "../../src/nn/ops/rotary.js";
import { Tape } from "../../src/nn/tape.js";
import { watchedMachine } from "./harness.js";

/** theta, d, position, pair, cos, sin */
const exact = [
  [10000, 64, 1, 15, 0.99991108734710594, 0.013334819096196419],
  [10000, 64, 999, 8, 0.80745865769954665, -0.58992416131740726],
  [10000, 64, 65537, 23, 0.8421166523191658, -0.53929541430162489],
  [10000, 64, 1000000, 30, -0.32210871429059301, 0.946702686263254],
  [10000, 64, 1048575, 4, 0.95777075311900705, -0.28753292762716767],
  [500000, 128, 1, 1, 0.686146891927544, 0.7274630180965705],
  [500000, 128, 999, 60, 0.99998970724873699, 0.0045371132436038167],
  [500000, 128, 65537, 33, 0.99467946205664502, 0.10301828848657542],
  [500000, 128, 1000000, 29, -0.66191361735249961, 0.74958012457863951],
  [500000, 128, 1048575, 24, 0.9639286351790005, 0.26616082785028557],
  [1000000, 96, 1, 45, 0.99999999999718829, 2.3713737056594327e-6],
  [1000000, 96, 999, 30, 0.98426167528114225, 0.17671715981409186],
  [1000000, 96, 65537, 34, -0.85573651975887072, -0.51741183669392011],
  [1000000, 96, 1000000, 35, -0.23949966050381138, -0.97089644793796578],
  [1000000, 96, 1048575, 30, -0.44289910851359165, -0.89657145821059114],
];

const { machine } = await watchedMachine("release");

/** The unit in the last place of an f32 of this size, from 2⁻¹² to 1. */
const ulp = (x: number) => 2 ** (Math.floor(Math.log2(Math.abs(x))) - 23);

test.each(exact)("theta %d, d %d, position %d, pair %d", (theta, d, position, pair, cos, sin) => {
  machine.scoped(() => {
    const frequencies = rotaryFrequencies(d, theta);
    const { data } = rotaryTable(new Tape(machine), frequencies, [0, position]);
    expect([data[pair], data[d / 2 + pair]]).toEqual([1, 0]);
    expect(Math.abs(data[d + pair] - cos) / ulp(cos)).toBeLessThanOrEqual(0.51);
    expect(Math.abs(data[d + d / 2 + pair] - sin) / ulp(sin)).toBeLessThanOrEqual(0.51);
  });
});

test("positions beyond the exact ones are refused", () => {
  machine.scoped(() => {
    const frequencies = rotaryFrequencies(8);
    expect(() => rotaryTable(new Tape(machine), frequencies, [2 ** 20])).toThrow("1048575");
    expect(() => rotaryTable(new Tape(machine), frequencies, [-1])).toThrow("index 0");
  });
});
