// A whole training step of a VAE on grey pictures of 28×28: a fresh batch, the encoder, a draw, the decoder, cross-entropy of
// the pixels and the KL divergence, all gradients, clipping to norm 1, Adam, and the loss read back. The peak's pictures are
// what P would do of the products alone: two operations a number, forward and twice backward.

export const title = "VAE training step";

const PIXELS = 28 * 28;

const jobs = [
  { kind: "vae", network: "dense", hidden: 200, latent: 50, batch: 100 },
  { kind: "vae", network: "conv", channels: 32, latent: 16, batch: 128 },
];

export async function run({ group, quick, labels }) {
  const rows = [];
  for (const job of jobs) rows.push(await group.row(one(job, quick, labels)));
  return rows;
}

/** Multiplications of a picture's way through the network. */
function products({ network, hidden, channels, latent }) {
  if (network === "dense") return 2 * (PIXELS * hidden + hidden ** 2) + 3 * hidden * latent;
  const outer = 14 * 14 * channels * 16;
  const inner = 7 * 7 * 2 * channels * channels * 16;
  return 2 * (outer + inner) + 3 * 7 * 7 * 2 * channels * latent;
}

function one(job, quick, labels) {
  const { network, hidden, channels, latent, batch } = job;
  const contender = (peer) => ({ name: labels[peer], peer, job });
  const slow = quick ? "left out of --quick: a step takes seconds" : undefined;
  const sizes =
    network === "dense"
      ? `dense, 784-${hidden}-${hidden}-${latent}`
      : `convolutions, ${channels} and ${2 * channels} channels, ${latent} latents`;
  return {
    name: `${sizes}, batch ${batch}`,
    unit: "pictures/s",
    work: batch,
    contenders: [
      ...["simdream", "fast", "torch1", "jax"].map(contender),
      { ...contender("tfjsCpu"), skip: slow },
      { name: labels.roofline, peer: "roofline", job: { fused: true, per: 6 * products(job) } },
    ],
  };
}
