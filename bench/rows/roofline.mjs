// The machine's limit, in registers. The fused figure is P.

export const title = "Roofline: multiply-adds between registers";

export async function run({ group, labels }) {
  const contender = (name, fused) => ({ name, peer: "roofline", job: { fused } });
  const row = await group.row({
    name: "peak",
    unit: "GFLOP/s",
    alone: true,
    contenders: [contender("multiply, add", false), contender(labels.roofline, true)],
  });
  return [row];
}
