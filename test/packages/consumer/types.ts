// What a TypeScript user writes: every entry of the package, with its types.

import {
  type Chunk,
  type Diffusion,
  type DiffusionFitOptions,
  type DiffusionGenerateOptions,
  encodePNG,
  type GAN,
  type GenerateOptions,
  type Generation,
  type ImageSet,
  type ImageTextPair,
  type ImageTextScore,
  InvalidInputError,
  type LanguageFitOptions,
  LanguageModel,
  load,
  type Made,
  type Runtime,
  readCaptions,
  type StepReport,
  type VAE,
  type WorkerFactory,
  WorkerPool,
} from "simdream";
import { chinese } from "simdream/corpus";
import { load as loadFast } from "simdream/fast";
import { type Grammar, gbnf, jsonSchema, regex } from "simdream/grammar";
import { defineModel, Linear, mse, type Tape, type Tensor, tanh } from "simdream/nn";
import { createHandler, type Handler, type HandlerOptions } from "simdream/serve";
import {
  type ModelWorker,
  type RemoteLanguageModel,
  type RemoteModel,
  startWorker,
} from "simdream/worker";

const text: string = "the cat sat on the mat. the rat sat on the hat.\n".repeat(8);
const runtime: Runtime = await load();
const model: LanguageModel = await LanguageModel.create({
  runtime,
  corpus: text,
  hidden: 16,
  dropout: 0.1,
  seed: 1,
});
const fit: LanguageFitOptions = { steps: 6, batch: 4, seqLen: 16, shards: 2, workers: 2 };
const losses: number[] = [];
for await (const step of model.fit(text, fit)) {
  const { loss }: StepReport = step;
  losses.push(loss);
}
const rule: Grammar = regex("[a-z .]{24}");
const sampling: GenerateOptions = { prompt: "the", maxTokens: 24, seed: 7, grammar: rule };
const generation: Generation = model.generate(sampling);
const here = { fingerprint: model.fingerprint(), text: generation.text };

const worker: ModelWorker = await startWorker(runtime);
const remote: RemoteLanguageModel = await worker.LanguageModel.load(model.save({ training: true }));
let streamed: string = "";
for await (const chunk of remote.stream({ prompt: "the", maxTokens: 24, seed: 7, grammar: rule })) {
  const { text: piece }: Chunk = chunk;
  streamed += piece;
}
const picture = { width: 1, height: 1, channels: 1, data: Uint8Array.of(7) } as const;
const there = { fingerprint: await remote.fingerprint(), text: streamed };
await worker.close();

const limits: HandlerOptions = { name: "cat", keys: ["key"], maxTokens: 24, cors: true };
const handler: Handler = createHandler(model, limits);
const headers = { "content-type": "application/json", authorization: "Bearer key" };
const body: string = JSON.stringify({
  prompt: "the",
  max_tokens: 24,
  seed: 7,
  regex: "[a-z .]{24}",
});
const response: Response = await handler(
  new Request("http://localhost/v1/completions", { method: "POST", headers, body }),
);
const served = (await response.json()) as { choices: { text: string }[] };
if (served.choices[0].text !== here.text) throw new Error(JSON.stringify(served));

const Curve = defineModel({
  name: "Curve",
  defaults: { hidden: 8 },
  batch: (points: readonly (readonly [number, number])[], indices) => ({
    x: Float32Array.from(indices, (i) => points[i][0]),
    y: Float32Array.from(indices, (i) => points[i][1]),
  }),
  build(scope, { hidden }) {
    const first = new Linear(scope.child("first"), 1, hidden);
    const second = new Linear(scope.child("second"), hidden, 1);
    const forward = (tape: Tape, x: Tensor): Tensor =>
      second.forward(tape, tanh(tape, first.forward(tape, x)));
    return {
      forward,
      loss: (tape, { x, y }, { rows }) =>
        mse(tape, forward(tape, tape.tensor(x, [rows, 1])), tape.tensor(y, [rows, 1])),
    };
  },
});
const points = Array.from({ length: 20 }, (_, i) => [i / 20, (i / 20) ** 2] as const);
const curve = await Curve.create({ seed: 1 });
const curved: StepReport = await curve.fit(points, { steps: 6, batch: 5, shards: 2 });
if (!(curved.loss > 0)) throw new Error(`${curved.loss}`);
const [y]: Float32Array = curve.compute((tape, { forward }) =>
  forward(tape, tape.tensor([0.5], [1, 1])),
);
const own = { fingerprint: curve.fingerprint(), y };
// @ts-expect-error a setting of another type
const wide = () => Curve.create({ hidden: "8" });
// @ts-expect-error data of another kind
const wordy = () => curve.fit(["a"]);

try {
  model.generate({ temperature: -1 });
} catch (error) {
  if (!(error instanceof InvalidInputError)) throw error;
}
// @ts-expect-error a misspelt option
const misspelt: GenerateOptions = { temprature: 1 };
// @ts-expect-error a limit that is no number
const unlimited: HandlerOptions = { maxTokens: "none" };
// All that make pictures are served, in this thread or in a worker.
const pictures = (one: Diffusion | GAN | VAE | RemoteModel<Diffusion>): Handler =>
  createHandler(one);
// Words: captions of a file, and what is asked for.
const said = (images: ImageSet, one: Diffusion): Made =>
  one.generate({
    prompt: images.withCaptions(readCaptions("a.png\ta red hat")).captions?.[0],
    ...{ negative: "a dog", guidance: 3, unknown: "skip" as const },
  });
// @ts-expect-error a prompt is a text
const wordless: DiffusionGenerateOptions = { prompt: 5 };
// Pictures by words, in this thread or in a worker.
const found = async (
  images: ImageSet,
  one: ImageTextPair,
  remote: RemoteModel<ImageTextPair>,
): Promise<[number, string | undefined, ImageTextScore]> => {
  const [{ similarity }] = one.search("red hair", images, { top: 3 });
  const [{ name }] = await remote.search("red hair", images, { unknown: "skip" });
  return [similarity, name, await remote.score(images, { among: 20 })];
};
// @ts-expect-error one text at a time
const several = (images: ImageSet, one: ImageTextPair): unknown => one.search(["a"], images);
// Files go where the platform takes bytes.
const files = async (images: ImageSet, made: Made): Promise<[Blob, Response]> => {
  const parts = [model.save(), await images.toPNG(0), await images.grid(), await remote.save()];
  return [
    new Blob([...parts, images.pixels, await made.images.toPNG(0)]),
    new Response(await encodePNG(picture)),
  ];
};
// What a model is trained with has a name.
const reflow = (teacher: Diffusion): DiffusionFitOptions => ({ reflow: teacher, pairs: 1000 });
// @ts-expect-error a mask cannot be sent to a worker
const masked: Parameters<RemoteLanguageModel["generate"]>[0] = { mask: () => {} };
const grammar: Grammar = jsonSchema({ type: "integer", maximum: 9 });
const ruled: Parameters<RemoteLanguageModel["generate"]>[0] = {
  grammar: regex(/a+/i),
  maxTokens: 9,
};
const rules: readonly GenerateOptions[] = [{ grammar }, { grammar: gbnf('root ::= "a"') }, ruled];
const none: WorkerFactory | undefined = runtime.withWorkers(undefined).workers;
const unused: unknown[] = [
  misspelt,
  unlimited,
  pictures,
  said,
  wordless,
  files,
  found,
  several,
  reflow,
  masked,
  rules,
  none,
  loadFast,
  WorkerPool,
  chinese,
  losses,
  wide,
  wordy,
];
if (unused.length !== 18) throw new Error("unreachable");
console.log(JSON.stringify({ here, there, own }));
