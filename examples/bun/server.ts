// bun server.ts [model.safetensors]
//
// Serves a model to every client of OpenAI's completions. Without a file it first trains a small one, so
// that there is something to ask:
// curl -N http://127.0.0.1:3000/v1/completions -H 'Content-Type: application/json' \
//   -d '{"prompt": "The", "max_tokens": 400, "temperature": 0.7, "seed": 7, "stream": true}'

import { LanguageModel } from "simdream";
import { english } from "simdream/corpus";
import { createHandler } from "simdream/serve";

const [file] = Bun.argv.slice(2);
const model = file ? await opened(file) : await trained(Number(process.env.STEPS ?? 300));

const server = Bun.serve({
  hostname: "127.0.0.1",
  port: Number(process.env.PORT ?? 3000),
  // Seconds that a client may be silent: the handler has its own limits.
  idleTimeout: 255,
  fetch: createHandler(model, { name: "small" }),
});
console.log(`${server.url}v1`);

async function opened(path: string): Promise<LanguageModel> {
  return LanguageModel.load(await Bun.file(path).bytes());
}

async function trained(steps: number): Promise<LanguageModel> {
  const made = await LanguageModel.create({ corpus: english, hidden: 96, seed: 1 });
  for await (const { step, loss } of made.fit(english, { steps, batch: 16, lr: 5e-3 })) {
    if (step % 20 === 0) console.error(`step ${step}, loss ${loss.toFixed(3)}`);
  }
  return made;
}
