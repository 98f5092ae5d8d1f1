// What the pages show that is not run by this test, and why. An entry that no page has fails the test.

/** A command, or a line of the block, on a page. */
export interface Elsewhere {
  readonly page: string;
  readonly what: string;
  readonly why: string;
}

const serving = "docs/serving.md";
const files = "docs/files.md";
const pytorch = "docs/pytorch.md";
const operation = "docs/adding-an-op.md";
const model = "docs/adding-a-model.md";
const cluster = "docs/cluster.md";
const cloudflare = "examples/cloudflare/README.md";
const vercel = "examples/vercel/README.md";

const readme = (page: string): Elsewhere[] => [
  {
    page,
    what: "npm install simdream",
    why: "the packed package is installed before any snippet runs",
  },
  ...["npx simdream demo", "npx simdream demo --model vae"].map((what) => ({
    page,
    what,
    why: "it has no shorter form: test/cli/demo.test.ts begins it",
  })),
];

export const elsewhere: readonly Elsewhere[] = [
  ...[
    "npm install @nats-io/transport-node @nats-io/jetstream @nats-io/obj",
    "nats-server -js -sd /var/lib/nats &",
    "export SIMDREAM_CLUSTER_TOKEN=$(openssl rand -hex 16)",
    "npx simdream worker --cluster nats://10.0.0.1 --workers 8",
    "npx simdream train book.txt --shards 16 --cluster nats://10.0.0.1 --out book.safetensors",
    "npx simdream cluster status --cluster nats://10.0.0.1",
    "npx simdream cluster remove --cluster nats://10.0.0.1",
    'import { joinCluster, serveShards } from "simdream/cluster";',
    'import { leadRun } from "simdream/cluster";',
  ].map((what) => ({
    page: cluster,
    what,
    why: "it needs a server: test/cluster/ starts one, where it can be had",
  })),
  ...["// own-worker.js", 'import { Curve } from "./curve.js";'].map((what) => ({
    page: "docs/own-networks.md",
    what,
    why: "it needs a bundler: test/models/own/own-workers.ts bundles such a script",
  })),
  {
    page: "docs/grids.md",
    what: "npx simdream generate levels.safetensors --width 10 --height 10 --rules rules.json --check sokoban --samples 20 --out levels/",
    why: "it is for a model of Sokoban, the others are for one of a platformer: test/cli/grids.test.ts",
  },
  {
    page: "docs/games.md",
    what: "const { reached, column } = platformerPath(text, { legend, jump, start, goal });",
    why: "two lines of examples/games/platformer, which test/examples/platformer.test.ts runs",
  },
  ...readme("README.md"),
  ...readme("README.zh-CN.md"),
  {
    page: serving,
    what: '"rules": [{ "type": "Data", "globs": ["**/*.safetensors"], "fallthrough": true }]',
    why: "a line of examples/cloudflare/wrangler.jsonc, which test/examples/cloudflare.test.ts uses",
  },
  {
    page: serving,
    what: 'import bytes from "./model.safetensors";',
    why: "only workerd imports data: test/examples/cloudflare.test.ts runs the same lines",
  },
  {
    page: serving,
    what: 'import base64 from "./_model.js";',
    why: "an edge function of test/examples/vercel.test.ts",
  },
  {
    page: "docs/pictures.md",
    what: "const set = await ImageSet.fromFiles(input.files, { size: 32 });",
    why: "it needs a page with an input and a canvas; test/data/images runs fromFiles and fromImageData",
  },
  {
    page: files,
    what: "tensors = safetensors.torch.load_file(path)",
    why: "Python, which tests never need",
  },
  {
    page: pytorch,
    what: 'save_file(weights, "weights.safetensors")',
    why: "Python, which tests never need",
  },
  {
    page: pytorch,
    what: 'with safe_open("mine.safetensors", "pt") as file:',
    why: "Python, which tests never need; examples/pytorch/names.py has the same",
  },
  {
    page: files,
    what: 'safetensors.torch.save_file(model.state_dict(), path, metadata={"simdream": json.dumps({',
    why: "Python, which tests never need",
  },
  {
    page: operation,
    what: "export function softplus_forward(y: usize, x: usize, n: i32): void {",
    why: "AssemblyScript, which operation.test.ts compiles and runs",
  },
  {
    page: operation,
    what: "export function softplus(tape: Tape, x: Tensor): Tensor {",
    why: "a part of the sources, which operation.test.ts runs",
  },
  {
    page: model,
    what: "loss(tape, batch, carried, totals, phase) → { loss, parts?, state?(), statistics?() }",
    why: "a signature, which src/train/trainable.ts has with its types",
  },
  {
    page: model,
    what: "readonly phases = [",
    why: "a property of a class; test/models/own/two-phases.ts is a whole one",
  },
  {
    page: cloudflare,
    what: "curl http://127.0.0.1:8787/v1/models",
    why: "asks wrangler's server; test/examples/cloudflare.test.ts asks the same program",
  },
  {
    page: cloudflare,
    what: "curl -N http://127.0.0.1:8787/v1/completions",
    why: "asks wrangler's server; test/examples/cloudflare.test.ts asks the same program",
  },
  {
    page: "examples/cloudflare-pretrained/README.md",
    what: "curl -N http://127.0.0.1:8787/v1/completions",
    why: "asks wrangler's server; test/examples/cloudflare-pretrained.test.ts asks the same program",
  },
  {
    page: "examples/cloudflare-pictures/README.md",
    what: "curl http://127.0.0.1:8787/v1/images/generations",
    why: "asks wrangler's server; test/examples/cloudflare-pictures.test.ts asks the same program",
  },
  {
    page: serving,
    what: "curl http://127.0.0.1:8080/v1/images/generations",
    why: "it needs a server; test/serve/pictures.test.ts asks for the same",
  },
  {
    page: "docs/conversations.md",
    what: '{"messages": [{"role": "user", "content": "Shout rose"}',
    why: "a line of a file; test/cli/conversations.test.ts reads such lines",
  },
  ...[
    '{ "audit": "distribution", "attribute": "ending", "by": "length", "against": "data" }',
    '{ "audit": "distribution", "attribute": "hat", "against": "uniform" }',
    '"templates": "templates.tsv",',
  ].map((what) => ({
    page: "docs/fairness.md",
    what,
    why: "a line of a specification: test/docs/given.ts gives the first two, test/cli/fairness.test.ts such templates",
  })),
  {
    page: "docs/labels.md",
    what: '{"title": "Hope", "author": "Emily Dickinson", "text": ["Hope is the thing with feathers", "That perches in the soul"]}',
    why: "a line of a file; test/cli/labels.test.ts reads such lines",
  },
  {
    page: "docs/results.md",
    what: "python3 test/tasks/translation.py",
    why: "Python, which tests never need",
  },
  { page: vercel, what: "npx vercel deploy", why: "needs an account" },
  {
    page: vercel,
    what: "curl -N https://YOUR-PROJECT.vercel.app/v1/completions",
    why: "needs an account; test/examples/vercel.test.ts asks the same program",
  },
  {
    page: "docs/performance.md",
    what: "node --experimental-wasm-revectorize",
    why: "an experiment of newer engines, with which test/runtimes/run.js runs the whole suite",
  },
  {
    page: "docs/hugging-face.md",
    what: "[name, fetch(",
    why: "it needs a server; test/models/hugging-face/files.test.ts reads responses",
  },
  {
    page: "docs/hugging-face.md",
    what: 'tokenizer = AutoTokenizer.from_pretrained("folder")',
    why: "Python, which tests never need; test/tasks/hugging-face.py does the same",
  },
];
