// Where a pretrained model comes from: files that somebody chose, or an address.

import { conversationsOf } from "./conversations.js";
import { at } from "./page.js";

/** What a folder of Hugging Face's may have; weights come beside. */
const NEEDED = ["config.json"];
const OPTIONAL = [
  ...["tokenizer.json", "tokenizer_config.json", "generation_config.json"],
  ...["special_tokens_map.json", "added_tokens.json", "chat_template.jinja"],
];
const WEIGHTS = "model.safetensors";
const INDEX = `${WEIGHTS}.index.json`;

/** A model file of these: one of simdream's as it is, else what is made of a folder. @returns its bytes */
export async function bytesOf(files) {
  if (files.length === 1 && files[0].name.endsWith(".safetensors")) return files[0].arrayBuffer();
  return imported(Object.fromEntries(files.map((file) => [file.name, file])));
}

/** The same of an address, that of a folder or of a file. @returns its bytes */
export async function bytesAt(address) {
  const url = new URL(address, location.href);
  if (url.pathname.endsWith(".safetensors")) return (await got(url)).arrayBuffer();
  if (!url.pathname.endsWith("/")) url.pathname += "/";
  const files = {};
  const add = async (name, optional) => {
    const response = await got(new URL(name, url), optional);
    if (response) files[name] = await response.blob();
  };
  for (const name of NEEDED) await add(name, false);
  for (const name of OPTIONAL) await add(name, true);
  if (!files["tokenizer.json"]) {
    for (const name of ["vocab.json", "merges.txt", "tokenizer.model"]) await add(name, true);
  }
  await add(WEIGHTS, true);
  if (!files[WEIGHTS]) {
    await add(INDEX, false);
    const { weight_map } = JSON.parse(await files[INDEX].text());
    for (const name of new Set(Object.values(weight_map))) await add(name, false);
  }
  return imported(files);
}

async function got(url, optional = false) {
  const response = await fetch(url);
  if (response.ok) return response;
  if (optional && response.status === 404) return undefined;
  throw new Error(`${url.pathname}: the server says ${response.status}.`);
}

/** Reads a folder in a worker of its own. @param files by name */
function imported(files) {
  const reader = new Worker(new URL("pretrained-reader.js", import.meta.url), { type: "module" });
  return new Promise((resolve, reject) => {
    reader.addEventListener("message", ({ data: { bytes, message } }) => {
      if (bytes) resolve(bytes);
      else reject(new Error(message));
    });
    reader.addEventListener("error", () => reject(new Error("the worker that reads files died")));
    reader.postMessage(files);
  }).finally(() => reader.terminate());
}

/** Shows what a model is, by its file. @param title where it is from */
export function showFacts(bytes, model, title) {
  const { config, tokenizer } = model;
  const whole = (value) => value.toLocaleString("en");
  const size = (count) =>
    count < 1e6 ? `${(count / 1e3).toFixed(0)} kB` : `${(count / 1e6).toFixed(1)} MB`;
  const facts = [
    ["From", title],
    ["Network", [config.network, config.style].filter(Boolean).join(", ")],
    ["Parameters", whole(parametersIn(bytes))],
    ["File", size(bytes.byteLength)],
    ["Layers", config.layers],
    ["Width", config.hidden],
    ["Heads", heads(config)],
    ["Context", config.context && `${whole(config.context)} tokens`],
    ["Vocabulary", `${whole(tokenizer.size)} tokens`],
    ["Reads", config.documents ? "documents, each with an end" : "one text"],
    ["Conversations", conversationsOf(model) ?? "none"],
  ].filter(([, value]) => value);
  at("facts").replaceChildren(
    ...facts.flatMap(([name, value]) => [element("dt", name), element("dd", value)]),
  );
  at("facts").hidden = false;
}

const heads = ({ heads, kvHeads }) =>
  heads && (kvHeads && kvHeads !== heads ? `${heads}, ${kvHeads} for keys and values` : heads);

function element(name, text) {
  const made = document.createElement(name);
  made.textContent = text;
  return made;
}

/** Numbers in a safetensors file. */
function parametersIn(bytes) {
  const view = new DataView(bytes.buffer ?? bytes, bytes.byteOffset ?? 0, bytes.byteLength);
  const length = Number(view.getBigUint64(0, true));
  const header = new Uint8Array(view.buffer, view.byteOffset + 8, length);
  const { __metadata__, ...tensors } = JSON.parse(new TextDecoder().decode(header));
  return Object.values(tensors).reduce(
    (sum, { shape }) => sum + shape.reduce((product, each) => product * each, 1),
    0,
  );
}
