// What a Transformer attends to, as a picture: a small map for each head, one of them large, and the text with
// a bar over each token that the chosen one attends to. Heads and tokens are radio buttons, so that arrow keys move
// among them; a pointer chooses by being there.

import { at } from "./page.js";

/** From so many tokens on, a large map has no room for their names. */
const NAMED = 36;

/** @returns `show({ tokens, weights })`, as `model.attention` gives them */
export function attentionView() {
  let shown;
  /** The token whose weights are seen, and the one that the pointer shows. */
  let [chosen, pointed] = [0, undefined];
  const head = { layer: 0, head: 0 };

  const draw = () => {
    const { tokens, weights } = shown;
    const T = tokens.length;
    for (const canvas of at("heads").querySelectorAll("canvas")) {
      paint(canvas, weights[canvas.dataset.layer][canvas.dataset.head], T);
    }
    const own = weights[head.layer][head.head];
    paint(at("map"), own, T);
    const from = pointed ?? chosen;
    const row = own.subarray(from * T, (from + 1) * T);
    const largest = Math.max(...row);
    at("row").style.cssText = `top: ${(100 * from) / T}%; height: ${100 / T}%`;
    at("tokens")
      .querySelectorAll("label")
      .forEach((label, i) => {
        label.style.setProperty("--height", row[i] / largest);
        label.classList.toggle("from", i === from);
        label.classList.toggle("later", i > from);
      });
    at("caption").textContent =
      `Layer ${head.layer + 1}, head ${head.head + 1}: ${name(tokens[from])} attends to ` +
      most(row)
        .map((i) => `${name(tokens[i])} ${percent(row[i])}`)
        .join(", ");
  };
  const point = (index) => {
    if (pointed === index) return;
    pointed = index;
    draw();
  };

  const makeHeads = ({ weights }) => {
    Object.assign(head, { layer: weights.length - 1, head: 0 });
    at("heads").style.setProperty("--heads", weights[0].length);
    at("heads").replaceChildren(
      ...["", ...weights[0].map((_, index) => `head ${index + 1}`)].map((title) =>
        text("b", title),
      ),
      ...weights.flatMap((heads, layer) => [
        text("b", `layer ${layer + 1}`),
        ...heads.map((_, index) => {
          const option = radio("head", layer === head.layer && index === 0, () => {
            Object.assign(head, { layer, head: index });
            draw();
          });
          const canvas = document.createElement("canvas");
          Object.assign(canvas.dataset, { layer, head: index });
          option.append(canvas, text("span", `layer ${layer + 1}, head ${index + 1}`));
          return option;
        }),
      ]),
    );
  };
  const makeTokens = ({ tokens }) => {
    chosen = tokens.length - 1;
    pointed = undefined;
    at("tokens").replaceChildren(
      ...tokens.map((token, i) => {
        const option = radio("token", i === chosen, () => {
          chosen = i;
          draw();
        });
        option.append(text("i", ""), text("span", visible(token)));
        option.addEventListener("pointerenter", () => point(i));
        option.addEventListener("pointerleave", () => point(undefined));
        return option;
      }),
    );
    const names = () => tokens.map((token) => text("span", visible(token)));
    at("across").replaceChildren(...names());
    at("down").replaceChildren(...names());
    at("large").classList.toggle("crowded", tokens.length >= NAMED);
    at("large").style.setProperty("--tokens", tokens.length);
  };

  /** The token of the row that the pointer is in. */
  const under = ({ offsetY }) => {
    const T = shown.tokens.length;
    return Math.max(0, Math.min(T - 1, Math.floor((offsetY / at("map").clientHeight) * T)));
  };
  at("map").addEventListener("pointermove", (event) => shown && point(under(event)));
  at("map").addEventListener("click", (event) => {
    if (shown) at("tokens").querySelectorAll("input")[under(event)].click();
  });
  at("map").addEventListener("pointerleave", () => shown && point(undefined));
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => shown && draw());

  return {
    show(attention) {
      const before = shown;
      shown = attention;
      if (shape(before) !== shape(attention)) makeHeads(attention);
      if (before?.tokens.join("\0") !== attention.tokens.join("\0")) makeTokens(attention);
      draw();
    },
  };
}

const shape = (attention) => attention?.weights.map(({ length }) => length).join();

/** Weights (T, T) as squares of the element's colour; a quarter is half as strong as the whole. */
function paint(canvas, weights, T) {
  const [red, green, blue] = getComputedStyle(canvas)
    .color.match(/[\d.]+/g)
    .map(Number);
  canvas.width = T;
  canvas.height = T;
  const picture = new ImageData(T, T);
  weights.forEach((weight, i) => {
    picture.data.set([red, green, blue, 255 * Math.sqrt(weight)], 4 * i);
  });
  canvas.getContext("2d").putImageData(picture, 0, 0);
}

/** Up to four places with the largest weights, of at least a hundredth. */
function most(row) {
  const places = Array.from(row.keys()).sort((a, b) => row[b] - row[a]);
  return places.slice(0, 4).filter((i) => row[i] >= 0.01);
}

function radio(name, checked, choose) {
  const label = document.createElement("label");
  const input = document.createElement("input");
  Object.assign(input, { type: "radio", name, checked });
  input.addEventListener("change", choose);
  label.append(input);
  return label;
}

function text(kind, content) {
  const element = document.createElement(kind);
  element.textContent = content;
  return element;
}

/** A token that can be seen: the start of a document is "". */
const visible = (token) =>
  ({ "": "start", " ": "␣", "\n": "⏎", "\t": "⇥" })[token] ?? token.replaceAll(" ", "␣");
const name = (token) => (token === "" ? "the start" : `“${visible(token)}”`);
const percent = (weight) => `${Math.round(100 * weight)}\u00a0%`;
