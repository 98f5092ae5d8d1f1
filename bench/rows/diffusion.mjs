// A whole training step of a flow of grey pictures of 28×28: uniform times, noise, the U-Net forward and backward, gradients
// clipped, AdamW, the weights averaged, the loss read back. The peak's pictures are what P would do of the products alone:
// two operations a number and pass; forward, backward to the weights and to the inputs, but not to the pictures nor to the sines.

export const title = "diffusion training step";

const jobs = [{ kind: "diffusion", channels: 16, levels: 3, batch: 64 }];

export async function run({ group, quick, labels }) {
  const rows = [];
  for (const job of jobs) rows.push(await group.row(one(job, quick, labels)));
  return rows;
}

/** Numbers that tell each block the time. */
const TIME = 64;

/** Multiplications of a picture in all passes of a step. */
function products({ channels, levels }) {
  const at = (i) => ({ pixels: (28 / 2 ** i) ** 2, width: channels * 2 ** i });
  const block = ({ pixels, width }, inputs) => pixels * 9 * (inputs + width) * width + TIME * width;
  const ends = at(0).pixels * 9 * channels;
  let inner = ends;
  for (let i = 0; i < levels; i++) {
    const own = at(i);
    inner += block(own, own.width);
    if (i === levels - 1) break;
    const next = at(i + 1);
    const halving = next.pixels * 9 * own.width * next.width;
    const doubling = next.pixels * 16 * next.width * own.width;
    const skip = own.pixels * 2 * own.width * own.width;
    inner += halving + doubling + block(own, 2 * own.width) + skip;
  }
  return 3 * inner + 2 * (ends + TIME * TIME);
}

function one(job, quick, labels) {
  const { channels, levels, batch } = job;
  const widths = Array.from({ length: levels }, (_, i) => channels * 2 ** i);
  const contender = (peer, extra = {}, name = labels[peer]) => ({
    ...{ name, peer },
    job: { ...job, ...extra },
  });
  const two = (workers) =>
    contender(
      "simdream",
      { shards: 2, workers },
      `${labels.simdream}, 2 shards, ${workers} worker${workers > 1 ? "s" : ""}`,
    );
  const slow = quick ? "left out of --quick: a step takes seconds" : undefined;
  return {
    name: `U-Net of ${widths.join(", ")} channels, batch ${batch}`,
    unit: "pictures/s",
    work: batch,
    contenders: [
      contender("simdream"),
      two(1),
      { ...two(2), parallel: true },
      ...["fast", "torch1"].map((peer) => contender(peer)),
      ...["jax", "tfjsCpu"].map((peer) => ({ ...contender(peer), skip: slow })),
      { name: labels.roofline, peer: "roofline", job: { fused: true, per: 2 * products(job) } },
    ],
  };
}
