// English names of emoji into Chinese ones: npm run emoji
import { createRequire } from "node:module";
import { learn, show } from "./learn.mjs";

const require = createRequire(import.meta.url);
const english = require("emojibase-data/en/data.json");
const chinese = require("emojibase-data/zh/data.json");
const names = new Map(chinese.map(({ hexcode, label }) => [hexcode, label]));
const pairs = english
  .filter(({ hexcode, label }) => names.has(hexcode) && !label.startsWith("regional"))
  .map(({ hexcode, label }) => ({ source: label, target: names.get(hexcode) }));

const model = await learn(pairs, {
  create: { attention: "luong", embed: 48, hidden: 128, bidirectional: true, dropout: 0.3 },
  fit: { steps: 1000, batch: 32, lr: 4e-3, val: 0.05 },
});
show(model, ["smiling cat", "red flag", "black heart", "bird", "blue circle", "flag: China"]);
