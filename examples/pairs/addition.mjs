// Adds numbers of up to three digits, from examples alone: npm run addition
import { learn, show } from "./learn.mjs";

// Numbers that look random and are the same every time (a linear congruential generator).
let state = 1;
function below(n) {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
  return Math.floor((state / 2 ** 32) * n);
}
const operand = () => below(10 ** (1 + below(3)));

const sums = new Map();
while (sums.size < 30000) {
  const [a, b] = [operand(), operand()];
  sums.set(`${a}+${b}`.padEnd(7), String(a + b));
}
const pairs = Array.from(sums, ([source, target]) => ({ source, target }));
const model = await learn(pairs, {
  create: { embed: 32, hidden: 128, reverseSource: true, attention: "luong-dot" },
  fit: { steps: 3000, batch: 128, lr: 6e-3, val: 0.02 },
});
show(model, ["12+30  ", "123+456", "999+1  ", "705+295", "86+7   "]);
