// The shortest program that generates: loads a model file, draws one token.

import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { entry } from "../lib/simdream.mjs";

const { LanguageModel } = await import(pathToFileURL(entry(".")));
const model = await LanguageModel.load(readFileSync(process.argv[2]));
process.stdout.write(model.generate({ prompt: "A", maxTokens: 1 }).text);
