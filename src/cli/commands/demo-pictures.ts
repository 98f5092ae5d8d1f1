// simdream demo --model vae: from nothing to faces in less than a minute.

import { faces } from "../../entries/corpus.js";
import { type ImageSet, VAE } from "../../entries/node.js";
import { INTERRUPTED } from "../errors.js";
import { checkWritable, writeWhole } from "../io/atomic.js";
import { checkPaths, uses } from "../io/paths.js";
import { Interruption } from "../run/interruption.js";
import { takeSteps } from "../run/job.js";
import { makeProgress } from "../run/progress.js";
import { blocks, showsColours } from "../show/blocks.js";
import { plural, whole } from "../show/format.js";
import { messageOutput, printJson, printText } from "../show/terminal.js";

/** Large enough for the faces, small enough for less than a minute on one thread. */
const COUNT = 2000;
const modelOptions = { latent: 8, pixels: "bernoulli", activation: "silu", seed: 1 } as const;
const fitOptions = {
  steps: 1600,
  batch: 64,
  lr: 4e-3,
  schedule: "cosine",
  warmup: 20,
} as const;

/** What the pictures of the end show, a row each after the first three. */
const HATS = ["cap", "beanie", "crown", "party"];
const ACROSS = 16;
/** What the faces of the last row have in common. */
const PERSON = {
  ...{ skin: "peach", colour: "red", eyes: "wide", mouth: "smile", beard: "none" },
  ...{ hat: "none", shirt: "blue", background: "mint" },
};

/** What is understood of the command's options. */
export interface PictureDemoFlags {
  readonly out?: string;
  readonly png?: string;
  readonly json?: boolean;
  readonly quiet?: boolean;
}

export async function demoPictures(flags: PictureDemoFlags): Promise<void> {
  const { out, png = "simdream-demo.png" } = flags;
  checkPaths([], [...uses("--out", out), ...uses("--png", png)]);
  for (const path of out === undefined ? [png] : [out, png]) checkWritable(path);
  const images = faces({ count: COUNT, seed: 1 });
  const model = await VAE.create({ images, ...modelOptions });
  const output = messageOutput(flags);
  const progress = makeProgress(output, {
    validated: false,
    targets: "picture",
    samples: () => [],
  });
  const interruption = new Interruption(() => progress.end());
  progress.say(
    `${plural(COUNT, "face")} of 16 × 16 pixels with ${images.labels.length} labels; a variational autoencoder of ` +
      `${plural(model.parameterCount, "parameter")}, ${plural(fitOptions.steps, "step")}`,
  );
  const draw = (set: ImageSet) => {
    const lines = showsColours(output) && blocks(set, (output!.columns || 80) - 1);
    if (lines) progress.draw(lines);
  };
  const outcome = await takeSteps(model.fit(images, fitOptions), interruption, (report) => {
    progress.step(report);
    if (report.step % 200 === 0) draw(model.generate({ samples: ACROSS, seed: 1 }).images);
  });
  progress.end();
  interruption.end();
  if (outcome.interrupted) {
    process.exitCode = INTERRUPTED;
    return;
  }
  if (out !== undefined) writeWhole(out, model.save());
  writeWhole(png, await gallery(model).grid({ columns: ACROSS, scale: 4 }));
  const { steps, loss } = model.record;
  const picturesPerSecond = outcome.last!.targetsPerSecond;
  const fingerprint = model.fingerprint();
  if (flags.json) {
    const { seconds } = outcome;
    return printJson({
      steps,
      loss,
      picturesPerSecond,
      seconds,
      fingerprint,
      png,
      out: out ?? null,
    });
  }
  progress.say(
    `trained in ${outcome.seconds.toFixed(0)} s, ${whole(picturesPerSecond)} pictures/s`,
  );
  printText(
    `${png} shows faces that it made: three rows of any, then rows with a hat (${HATS.join(", ")}), then one face with every hair.\n`,
  );
  progress.say(farewell(fingerprint, out));
}

/** Faces as they come, faces with each hat, and one face with every hair, without glasses and with. */
function gallery(model: VAE): ImageSet {
  const any = model.generate({ samples: 3 * ACROSS, seed: 1 }).images;
  const hats = HATS.map(
    (hat, i) => model.generate({ samples: ACROSS, seed: 2 + i, labels: { hat } }).images,
  );
  const one = ["none", "round"].flatMap((glasses) =>
    model.labels
      .find(({ name }) => name === "hair")!
      .classes.map((hair) => {
        const labels = { ...PERSON, hair, glasses };
        return model.generate({ samples: 1, temperature: 0, labels }).images;
      }),
  );
  return [...hats, ...one].reduce((all, set) => all.concat(set), any);
}

function farewell(fingerprint: string, out: string | undefined): string {
  const kept =
    out === undefined
      ? "The model was not kept; simdream demo --model vae --out demo.safetensors keeps it."
      : `The model is in ${out}: simdream generate ${out} --label hat=crown --out crowns.png`;
  return [
    "",
    `fingerprint of the weights: ${fingerprint}`,
    "The same version gives the same fingerprint on every machine.",
    "",
    kept,
    "Your own pictures: simdream train pictures/ --model vae --size 32 --out pictures.safetensors",
    "Then: simdream generate pictures.safetensors --samples 64 --out grid.png",
  ].join("\n");
}
