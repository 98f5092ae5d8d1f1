// bun server.ts [model.safetensors]
//
// Streams text from a model as it is drawn: curl -N 'http://127.0.0.1:3000/?prompt=The&seed=7'
// Without a file it first trains a small model, so that there is something to ask.

import { LanguageModel, load } from "simdream";
import { english } from "simdream/corpus";

const [file] = Bun.argv.slice(2);
const model = file ? await opened(file) : await trained(Number(process.env.STEPS ?? 300));

const server = Bun.serve({
  hostname: "127.0.0.1",
  port: Number(process.env.PORT ?? 3000),
  fetch(request) {
    const { searchParams } = new URL(request.url);
    const prompt = searchParams.get("prompt") ?? "";
    const seed = Number(searchParams.get("seed") ?? 0);
    const chunks = model.stream({
      prompt,
      seed,
      tokens: 400,
      temperature: 0.7,
      signal: request.signal,
    });
    return answer(chunks);
  },
});
console.log(`${server.url}`);

/** What the model refuses (a character it does not know, for example) is the client's to correct. */
async function answer(chunks: ReturnType<LanguageModel["stream"]>): Promise<Response> {
  try {
    const first = await chunks.next();
    const body = async function* () {
      if (first.done) return;
      yield first.value.text;
      for await (const { text } of chunks) yield text;
    };
    return new Response(body(), { headers: { "Content-Type": "text/plain; charset=utf-8" } });
  } catch (error) {
    return new Response(`${(error as Error).message}\n`, { status: 400 });
  }
}

async function opened(path: string): Promise<LanguageModel> {
  return LanguageModel.load(await load(), await Bun.file(path).bytes());
}

async function trained(steps: number): Promise<LanguageModel> {
  const made = LanguageModel.create(await load(), { corpus: english, hidden: 96, seed: 1 });
  for await (const { step, loss } of made.fit(english, { steps, batch: 16, lr: 5e-3 })) {
    if (step % 20 === 0) console.error(`step ${step}, loss ${loss.toFixed(3)}`);
  }
  return made;
}
