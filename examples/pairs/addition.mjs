// Adds numbers of up to three digits, from examples alone: npm run addition
import { learn, show } from "./learn.mjs";

const pairs = Array.from({ length: 20000 }, (_, i) => {
  // Steps that share no factor with 1000 go through all numbers, in a scattered order.
  const a = (i * 387 + Math.floor(i / 1000) * 17) % 1000;
  const b = (i * 611 + Math.floor(i / 1000) * 271) % 1000;
  return { source: `${a}+${b}`.padEnd(7), target: String(a + b) };
});
const model = await learn(pairs, {
  create: { embed: 32, hidden: 128, reverseSource: true, attention: "luong-dot" },
  fit: { steps: 3000, batch: 128, lr: 6e-3, val: 0.02 },
});
show(model, ["12+30  ", "123+456", "999+1  ", "705+295", "86+7   "]);
