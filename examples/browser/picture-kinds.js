// The two models of pictures that the page trains: how each is made, trained and spoken of.

/** Milliseconds, steps and sizes suit small drawn pictures, such as the faces, on a laptop. */
export const KINDS = {
  VAE: {
    steps: 2000,
    latent: 16,
    /** Brightness as a probability suits drawings, and a smooth activation learns them in a third of the steps. */
    create: () => ({ pixels: "bernoulli", activation: "silu" }),
    fit: () => ({ batch: 64, lr: 4e-3, schedule: "cosine" }),
    chart: { caption: "loss in nats a picture, by step" },
    values: ({ loss }) => [loss],
    said: ({ loss }) => `loss ${loss.toFixed(1)}`,
  },
  GAN: {
    steps: 2000,
    latent: 32,
    /** Half the channels take a quarter of the time; spectral norm keeps the discriminator from winning. */
    create: (images) => ({ spectral: true, ...(halves(images) ? { channels: 32 } : {}) }),
    /** A thousand pictures are few, too: the discriminator sees them moved, or it would know each by heart. */
    fit: ({ length }) => ({
      objective: "hinge",
      ...{ lr: 2e-3, betas: [0.5, 0.99], schedule: "linear", lrMin: 0.1 },
      ema: 0.99,
      ...(length < FEW ? { translation: 0.125, cutout: 0.3 } : { translation: 0.1 }),
    }),
    chart: { caption: "losses, by step:", names: ["discriminator", "generator"] },
    values: ({ phases: { discriminator, generator } }) => [discriminator.loss, generator.loss],
    said: ({ phases: { discriminator, generator } }) =>
      `losses ${discriminator.loss.toFixed(2)} and ${generator.loss.toFixed(2)}`,
  },
};

/** The chart below that of a GAN's losses. */
export const ACCURACY = {
  caption: "discriminator right:",
  names: ["on real", "on made up"],
  percent: true,
};

export const accuracies = ({ phases: { discriminator } }) => [
  discriminator.parts.realAccuracy,
  discriminator.parts.generatedAccuracy,
];

/** Fewer pictures than this are few. */
const FEW = 500;

/** Whether pictures can be halved to sides of 4 to 9 pixels, as a GAN of convolutions does. */
function halves({ width, height }) {
  let [w, h] = [width, height];
  while (w % 2 === 0 && h % 2 === 0 && Math.min(w, h) >= 8) [w, h] = [w / 2, h / 2];
  return w < width && Math.max(w, h) <= 9;
}
