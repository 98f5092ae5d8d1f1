// A model of Hugging Face's, or of simdream's, in a worker: it chats or writes, is adapted by LoRA to what somebody pastes, and
// writes beside itself. The page only shows. `pretrained.html?model=folder/` opens a folder beside the page, `?model=m.safetensors` a file.

import { startWorker } from "simdream/worker";
import { lossChart } from "./chart.js";
import { conversationsIn, conversationsOf, questionIn } from "./conversations.js";
import { learn } from "./learning.js";
import {
  at,
  download,
  duration,
  number,
  problem,
  takesFiles,
  trainingButtons,
  wait,
} from "./page.js";
import { chat } from "./pretrained-chat.js";
import { bytesAt, bytesOf, showFacts } from "./pretrained-files.js";
import { smallChat } from "./small-chat.js";
import { ahoyTalk, beginnings, smallTalk } from "./small-talk.js";

/** Rows of a step, and tokens of a row at most. */
const [BATCH, LONGEST] = [8, 256];
/** Tokens that it writes when it is looked at in training. */
const SAMPLE = 60;
/** Steps of a small model of conversations. */
const MAKING = 1000;

const PASTE_TEXT = at("corpus").placeholder;
const PASTE_TALK =
  'Paste conversations, one a line: {"messages": [{"role": "user", "content": "Hello"}, ' +
  '{"role": "assistant", "content": "Ahoy!"}]}. Or a text: a blank line ends a document.';

const chart = lossChart(at("chart"), "nats a token");
const worker = startWorker();
let model;
/** The adapter of the run, and how many there have been: each has a name of its own. */
let adapter = null;
let runs = 0;
/** Of what is being written. */
let writing = new AbortController();
/** While a model is made. */
let making;

const talk = chat(() => ({ model, adapter }));
const buttons = trainingButtons(
  async (signal, resumed) => {
    const text = at("corpus").value.trim();
    const said = conversationsIn(text);
    if (said && !conversationsOf(model)) {
      throw new Error(
        "These are conversations, and this model knows none. A model of conversations can be made of them under Chat.",
      );
    }
    const data = said ?? (model.config.documents ? documentsIn(text) : text);
    const steps = number("steps");
    at("preview").hidden = true;
    if (!resumed || !adapter) {
      adapter = `text-${++runs}`;
      chart.clear(steps);
    }
    const lora = { name: adapter, rank: number("rank"), targets: at("targets").value };
    const length = model.config.documents ? { maxLength: longest() } : { seqLen: longest() };
    const options = {
      steps,
      batch: BATCH,
      ...length,
      lr: number("lr"),
      schedule: "cosine",
      val: 0,
    };
    const training = model.fit(data, { ...options, lora, signal });
    const added = ({ step, loss }) => chart.add(step, loss);
    const tells = ({ loss, tokensPerSecond }) =>
      `loss ${loss.toFixed(3)}, ${Math.round(tokensPerSecond).toLocaleString("en")} tokens a second`;
    const question = said && questionIn(said);
    const renew = () => (question ? answerTo(question) : writeAdapted());
    const fingerprint = async () => (await model.getAdapter(adapter)).fingerprint();
    await learn(training, steps, { added, said: tells, renew }, { fingerprint });
  },
  (training) => {
    const running = training || making !== undefined;
    at("train").disabled = running || !model || at("corpus").value.trim() === "";
    at("write").disabled = running || !model;
    at("corpus").readOnly = running;
    for (const id of ["folder", "files", "text", "own-talk", "make", "example"]) {
      at(id).disabled = running;
    }
    at("adapter").disabled = running || !model;
    for (const id of ["save-adapter", "save-merged"]) at(id).disabled = running || !adapter;
    talk.adapts();
    talk.ready(!running && model !== undefined);
  },
);

/** Shows what the adapter makes of the beginning that was asked for. */
async function writeAdapted() {
  at("beside").hidden = false;
  const { text } = await model.generate({ ...asked(), maxTokens: SAMPLE, adapter });
  show("adapted", text);
}

/** Shows what the adapter answers to the first question that it learns. */
async function answerTo(messages) {
  const asks = { messages, maxTokens: SAMPLE, overflow: "stop", greedy: true, adapter };
  const { text } = await model.generate(asks);
  at("preview").textContent = `“${messages.at(-1).content}” – “${text}”`;
  at("preview").hidden = false;
}

const longest = () => Math.min(LONGEST, model.config.context ?? LONGEST);

/** What is between blank lines. */
const documentsIn = (text) => text.split(/\n\s*\n/).map((one) => one.trim());

const asked = () => ({
  prompt: at("prompt").value,
  maxTokens: number("tokens"),
  overflow: "stop",
  temperature: number("temperature"),
  seed: number("seed"),
});

/** The beginning that was asked for, and what follows. */
function show(id, text) {
  const beginning = document.createElement("b");
  beginning.textContent = at("prompt").value;
  at(id).replaceChildren(beginning, text);
}

/** Writes as it is, and beside it as it was adapted, with the same seed. */
async function write() {
  problem("");
  // What is still being written is of before.
  writing.abort();
  const own = new AbortController();
  writing = own;
  writes(true);
  const { signal } = own;
  const options = asked();
  const one = async (id, name) => {
    show(id, "");
    const begun = performance.now();
    let tokens = 0;
    for await (const { text, token } of model.stream({ ...options, adapter: name, signal })) {
      if (signal.aborted) return;
      at(id).append(text);
      if (token !== undefined) tokens++;
      const seconds = (performance.now() - begun) / 1000;
      at(`${id}-speed`).textContent =
        `· ${tokens} tokens, ${Math.round(tokens / seconds)} a second`;
    }
  };
  try {
    await Promise.all([one("base", null), ...(adapter ? [one("adapted", adapter)] : [])]);
  } catch (error) {
    if (!signal.aborted) problem(error.message);
    own.abort();
  }
  if (writing === own) writes(false);
}

function writes(now) {
  at("write").hidden = now;
  at("halt").hidden = !now;
  at("train").disabled = now || at("corpus").value.trim() === "";
}

/** A model in place of the one that is shown, read from a file. @param title where it is from */
async function open(title, read) {
  problem("");
  at("hint").hidden = true;
  at("status").textContent = `${title} is being read.`;
  try {
    const bytes = await read();
    const opened = await (await worker).LanguageModel.load(bytes);
    begin(title, opened, bytes);
  } catch (error) {
    at("status").textContent = model ? "" : "Open a model first.";
    at("hint").hidden = Boolean(model);
    throw error;
  }
  if (!conversationsOf(model)) await write();
}

/** Shows a model that has just come. @param bytes of its file */
function begin(title, one, bytes) {
  model = one;
  adapter = null;
  showFacts(bytes, model, title);
  const chats = conversationsOf(model) !== undefined;
  at("hint").hidden = true;
  at("none-at-hand").hidden = true;
  at("save-made").hidden = true;
  at("why-not").textContent =
    `${title} continues texts. It knows no conversations: it came without a chat template, and learned none. ` +
    "Adapting it does not change that. To chat, open another model.";
  at("no-chat").hidden = chats;
  at("chat").hidden = !chats;
  at("example").hidden = !chats;
  at("corpus").placeholder = chats ? PASTE_TALK : PASTE_TEXT;
  // What it is good at comes first.
  if (chats) at("writing").before(at("chatting"));
  else at("chatting").before(at("writing"));
  at("base").replaceChildren();
  at("base-speed").textContent = "";
  at("beside").hidden = true;
  at("preview").hidden = true;
  at("status").textContent = "Not adapted yet.";
  at("progress").value = 0;
  chart.clear(number("steps"));
  talk.start();
  talk.offers([]);
  buttons.changed();
}

/** Makes a small model of conversations, and shows it. @param starters what somebody may begin with */
async function make(title, conversations, starters) {
  problem("");
  making = new AbortController();
  at("making").textContent = "It begins.";
  at("made").value = 0;
  showMaking();
  const told = ({ step, loss, elapsed }) => {
    const left = duration(((MAKING - step) * elapsed) / step);
    at("made").value = step / MAKING;
    at("making").textContent = `step ${step} of ${MAKING}, loss ${loss.toFixed(2)}, ${left} left`;
  };
  try {
    const { LanguageModel } = await worker;
    const run = { steps: MAKING, signal: making.signal, told };
    const made = await smallChat(LanguageModel, conversations, run);
    begin(title, made, await made.save());
    at("save-made").hidden = false;
    talk.offers(starters);
  } finally {
    making = undefined;
    showMaking();
  }
}

function showMaking() {
  at("make").hidden = making !== undefined;
  at("enough").hidden = making === undefined;
  at("making-it").hidden = making === undefined;
  buttons.changed();
}

const files = (list) => {
  const path = list[0].webkitRelativePath;
  const title = path ? path.slice(0, path.indexOf("/")) : list[0].name;
  return open(list.length === 1 || path ? title : "your files", () => bytesOf(list));
};
takesFiles(at("folder"), undefined, files, { all: true });
takesFiles(at("files"), document.querySelector(".opening"), files, { all: true });
takesFiles(at("text"), at("corpus"), async (file) => {
  at("corpus").value = await file.text();
  buttons.changed();
});
takesFiles(at("adapter"), undefined, async (file) => {
  problem("");
  const name = `text-${++runs}`;
  await model.loadAdapter(await file.arrayBuffer(), { name });
  adapter = name;
  at("status").textContent = `${file.name} is in force.`;
  buttons.changed();
  at("beside").hidden = false;
  await write();
});
at("corpus").addEventListener("input", () => buttons.changed());
at("example").addEventListener("click", () => {
  at("corpus").value = ahoyTalk()
    .map((one) => JSON.stringify(one))
    .join("\n");
  buttons.changed();
});
at("make").addEventListener("click", () => wait(() => make("made here", smallTalk(), beginnings)));
at("enough").addEventListener("click", () => making?.abort());
takesFiles(at("own-talk"), at("no-chat"), async (file) => {
  const conversations = conversationsIn(await file.text());
  if (!conversations)
    throw new Error(`${file.name}: expected a line {"messages": […]} for each conversation.`);
  await make(`made of ${file.name}`, conversations, []);
});
at("save-made").addEventListener("click", () =>
  wait(async () => download(await model.save(), "chat.safetensors")),
);
at("settings").addEventListener("change", () => buttons.changed());
at("asking").addEventListener("submit", (event) => {
  event.preventDefault();
  write();
});
at("halt").addEventListener("click", () => writing.abort());
at("save-adapter").addEventListener("click", () =>
  wait(async () => {
    download(await (await model.getAdapter(adapter)).save(), "adapter.safetensors");
  }),
);
at("save-merged").addEventListener("click", () =>
  wait(async () => {
    download(await (await model.merge(adapter)).save(), "adapted.safetensors");
  }),
);

chart.clear(number("steps"));
buttons.changed();
const beside = new URLSearchParams(location.search).get("model");
if (beside) await wait(() => open(beside, () => bytesAt(beside)));
