// Trains in a page as job.json says: a new model or one from a file, to the end or until a step.

import { LanguageModel, load } from "simdream";
import { post } from "./post.js";

await post(async () => {
  const { text, create, fit, until, file } = await (await fetch("job.json")).json();
  const runtime = await load();
  const model = file
    ? await LanguageModel.load(bytesOf(file), { runtime })
    : await LanguageModel.create({ runtime, corpus: text, ...create });
  for await (const { step } of model.fit(text, fit)) if (step === until) break;
  return {
    fingerprint: model.fingerprint(),
    steps: model.record.steps,
    file: base64Of(model.save({ training: true })),
  };
});

function bytesOf(base64) {
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}

function base64Of(bytes) {
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
}
