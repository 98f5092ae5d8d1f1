// English messages of the TypeScript compiler into Chinese ones: npm run compiler-messages
import { createRequire } from "node:module";
import { learn, show } from "./learn.mjs";

const require = createRequire(import.meta.url);
const chinese = require("typescript/lib/zh-cn/diagnosticMessages.generated.json");

// The key of a message is its English text, with _ for what is no letter or digit, and a number.
const pairs = Object.entries(chinese)
  .map(([key, target]) => ({
    source: key.replace(/_\d+$/, "").replaceAll("_", " ").trim(),
    target,
  }))
  .filter(({ source, target }) => source !== "" && source.length <= 60 && target.length <= 40);

const model = await learn(pairs, {
  create: {
    tokenizer: { source: "bpe", target: "char" },
    vocab: 600,
    attention: "luong",
    embed: 64,
    hidden: 160,
    bidirectional: true,
    dropout: 0.3,
  },
  fit: { steps: 900, batch: 32, lr: 4e-3, val: 0.05 },
});
show(model, [
  "Unknown compiler option 0",
  "A class declaration must have a name",
  "Cannot find module 0",
  "Expected an expression",
]);
