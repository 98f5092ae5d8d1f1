// The table of rotary positions against angles of 40 digits (mpmath): theta^(-2i/d) to the last digits, and sine and cosine
// to within rounding, up to the largest position.

import { expect, test } from "vitest";
import { rotaryFrequencies, rotaryTable } from "../../src/nn/ops/rotary.js";
import { Tape } from "../../src/nn/tape.js";
import { watchedMachine } from "./harness.js";

/** theta, d, position, pair, cos, sin */
const exact = [
  [10000, 64, 1, 15, 0.999911087347106, 0.013334819096196418],
  [10000, 64, 999, 8, 0.8074586576995466, -0.5899241613174072],
  [10000, 64, 65537, 23, 0.8421166523191658, -0.5392954143016249],
  [10000, 64, 1000000, 30, -0.322108714290593, 0.946702686263254],
  [10000, 64, 1048575, 4, 0.9577707531190071, -0.28753292762716764],
  [500000, 128, 1, 1, 0.686146891927544, 0.7274630180965705],
  [500000, 128, 999, 60, 0.999989707248737, 0.0045371132436038165],
  [500000, 128, 65537, 33, 0.994679462056645, 0.10301828848657542],
  [500000, 128, 1000000, 29, -0.6619136173524997, 0.7495801245786395],
  [500000, 128, 1048575, 24, 0.9639286351790005, 0.26616082785028555],
  [1000000, 96, 1, 40, 0.99999999995, 0.00000999999999983333],
  [1000000, 96, 999, 30, 0.9842616752811423, 0.17671715981409186],
  [1000000, 96, 65537, 34, -0.8557365197588708, -0.5174118366939201],
  [1000000, 96, 1000000, 35, -0.23949966050381138, -0.9708964479379658],
  [1000000, 96, 1048575, 30, -0.44289910851359166, -0.8965714582105911],
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
