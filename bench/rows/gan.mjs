// A whole training step of a DCGAN on grey pictures of 28×28: the discriminator on a fresh batch of real and one of generated
// pictures, apart, its gradients and Adam; then the generator's, through the discriminator; both losses read back. The
// peak's pictures are what P would do of the products alone: two operations a number and pass. Of the generator there are two
// passes forward and one backward; of the discriminator three forward, two backward to its weights, and three to its inputs,
// but two of these not to the pictures.

export const title = "DCGAN training step";

const jobs = [{ kind: "gan", channels: 64, latent: 64, batch: 64 }];

export async function run({ group, quick, labels }) {
  const rows = [];
  for (const job of jobs) rows.push(await group.row(one(job, quick, labels)));
  return rows;
}

/** Multiplications of a picture in all passes of a step. */
function products({ channels, latent }) {
  const outer = 14 * 14 * channels * 16;
  const inner = 7 * 7 * 2 * channels * channels * 16;
  const [first, last] = [latent * 7 * 7 * 2 * channels, 7 * 7 * 2 * channels];
  const generator = 4 * (first + inner + outer) - first;
  const discriminator = 8 * (inner + last) + 6 * outer;
  return generator + discriminator;
}

function one(job, quick, labels) {
  const { channels, latent, batch } = job;
  const contender = (peer) => ({ name: labels[peer], peer, job });
  const slow = quick ? "left out of --quick: a step takes seconds" : undefined;
  return {
    name: `${channels} and ${2 * channels} channels, ${latent} latents, batch ${batch}`,
    unit: "pictures/s",
    work: batch,
    contenders: [
      ...["simdream", "fast", "torch1"].map(contender),
      ...["jax", "tfjsCpu"].map((peer) => ({ ...contender(peer), skip: slow })),
      { name: labels.roofline, peer: "roofline", job: { fused: true, per: 2 * products(job) } },
    ],
  };
}
