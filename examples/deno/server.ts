// deno run --allow-read --allow-env --allow-net deno/server.ts MODEL.safetensors
//
// Serves a model to every client of OpenAI's completions.

import { LanguageModel } from "npm:simdream";
import { createHandler } from "npm:simdream/serve";

const [file = "model.safetensors"] = Deno.args;
const model = await LanguageModel.load(await Deno.readFile(file));
const handler = createHandler(model, { name: "small" });
Deno.serve({ hostname: "127.0.0.1", port: Number(Deno.env.get("PORT") ?? 8000) }, (request) =>
  handler(request),
);
