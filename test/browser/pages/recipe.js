// A page that trains models with the library and saves them; and trains one again by its recipe.
import { LanguageModel, VAE } from "simdream";
import { reproduce } from "simdream/insight";
import { report } from "./task.js";

report(async () => {
  const { names, pictures } = await (await fetch("./recipe.json")).json();
  const model = await LanguageModel.create({ corpus: names, hidden: 16, seed: 3 });
  await model.fit(names, { steps: 15, val: 0.2, patience: 2, evalEvery: 2 });
  const rows = pictures.map((row) => Float32Array.from(row));
  const vae = await VAE.create({ images: rows, hidden: 16, seed: 2 });
  await vae.fit(rows, { steps: 8 });
  const again = await reproduce(VAE, vae.save(), rows);
  return { file: base64(model.save()), fingerprint: model.fingerprint(), again: again.same };
});

function base64(bytes) {
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
}
