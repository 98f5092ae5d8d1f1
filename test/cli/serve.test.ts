import { type ChildProcess, spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { createServer, request } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterEach, beforeAll, expect, it } from "vitest";
import { Diffusion, GAN, LanguageModel } from "../../src/entries/node.js";
import { drawings, spoken } from "../models/images/help.js";
import { cli, simdream, trained } from "./command-line.js";
import { learntPairs, odd, threshold } from "./pairs.js";

let cwd: string;
beforeAll(async () => {
  cwd = await trained();
});

const children: ChildProcess[] = [];
afterEach(() => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
});

interface Serving {
  readonly child: ChildProcess;
  readonly url: string;
  readonly fingerprint: string;
  /** All of standard error so far. */
  stderr(): string;
  /** Exit code or signal. */
  readonly ended: Promise<number | string | null>;
}

/** `simdream serve` on a free port. */
function serving(
  args: readonly string[] = [],
  env: object = {},
  folder: string = cwd,
): Promise<Serving> {
  return new Promise((resolve, reject) => {
    const all = [cli, "serve", "m.safetensors", "--port", "0", "--json", ...args];
    const child = spawn(process.execPath, all, {
      cwd: folder,
      env: { ...process.env, ...env },
    });
    children.push(child);
    let stderr = "";
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      stderr += text;
    });
    const ended = new Promise<number | string | null>((end) => {
      child.on("close", (code, signal) => end(code ?? signal));
    });
    void ended.then((code) => reject(new Error(`ended with ${code}: ${stderr}`)));
    let stdout = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      stdout += text;
      if (!stdout.includes("\n")) return;
      resolve({ child, ended, stderr: () => stderr, ...JSON.parse(stdout) });
    });
  });
}

function complete(url: string, body: object, headers: object = {}): Promise<Response> {
  return fetch(`${url}/v1/completions`, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify(body),
  });
}

it("serves a model file, and ends well when asked", async () => {
  const { child, url, fingerprint, ended } = await serving();
  const body = { model: "m", prompt: "the ", max_tokens: 30, seed: 3, temperature: 0.8 };
  const answer = (await (await complete(url, body)).json()) as Record<string, unknown>;
  expect(answer).toMatchObject({ system_fingerprint: fingerprint, usage: { total_tokens: 34 } });
  const generated = await simdream(
    [
      ...["generate", "m.safetensors", "--prompt", "the ", "--tokens", "30", "--seed", "3"],
      ...["--temperature", "0.8", "--json"],
    ],
    { cwd },
  );
  const [{ text }] = JSON.parse(generated.stdout).samples;
  expect(answer.choices).toMatchObject([{ text }]);
  child.kill("SIGTERM");
  expect(await ended).toBe(0);
});

it("keeps to the rule that a request gives", async () => {
  const { url } = await serving();
  // Letters of its text alone, so that it can be written.
  const answer = await complete(url, { prompt: "the ", regex: "(the|a) [a-e]{3}", max_tokens: 9 });
  const { choices } = (await answer.json()) as { choices: { text: string }[] };
  expect(choices[0].text).toMatch(/^(the|a) [a-e]{3}$/);
});

it("lets answers end before it ends, but not for ever", async () => {
  const { child, url, ended } = await serving(["--grace", "1", "--max-tokens", "1000000000"]);
  const endless = await complete(url, { prompt: "a", max_tokens: 1e9, stream: true });
  const reader = endless.body!.getReader();
  await reader.read();
  child.kill("SIGINT");
  const broken = (async () => {
    while (!(await reader.read()).done);
  })();
  await expect(broken).rejects.toThrow();
  expect(await ended).toBe(0);
});

it("asks for the key of an option or of the environment", async () => {
  const models = (url: string, key: string) =>
    fetch(`${url}/v1/models`, { headers: { authorization: `Bearer ${key}` } });
  for (const [args, env] of [
    [["--key", "k1", "--key", "k2"], {}],
    [[], { SIMDREAM_API_KEY: "k2" }],
  ] as const) {
    const { url } = await serving(args, env);
    expect((await models(url, "k2")).status).toBe(200);
    expect((await models(url, "k3")).status).toBe(401);
  }
});

it("passes its limits on", async () => {
  const limits = ["--max-tokens", "5", "--max-prompt-chars", "3", "--name", "x", "--cors", "*"];
  const { url } = await serving(limits);
  const headers = { origin: "http://page.test" };
  const long = await complete(url, { model: "x", prompt: "the ", max_tokens: 5 }, headers);
  expect([long.status, long.headers.get("access-control-allow-origin")]).toEqual([400, "*"]);
  expect((await complete(url, { model: "x", prompt: "the", max_tokens: 6 })).status).toBe(400);
  expect((await complete(url, { model: "x", prompt: "the", max_tokens: 5 })).status).toBe(200);
});

/** A chat's answer, or its error's message. */
async function say(url: string, content: string): Promise<string> {
  const response = await fetch(`${url}/v1/chat/completions`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ messages: [{ role: "user", content }] }),
  });
  const { choices, error } = (await response.json()) as {
    choices?: { message: { content: string } }[];
    error?: { message: string };
  };
  return choices?.[0].message.content ?? error!.message;
}

it("talks with a model of pairs, and says so where it is not sure", async () => {
  const pairs = await learntPairs();
  const sure = ["--min-confidence", await threshold(pairs), "--unsure", "Pardon?"];
  const { url } = await serving([...sure, "--history", "1", "--joiner", "\\x20"], {}, pairs);
  expect(await say(url, "red tea")).toBe("红茶");
  expect(await say(url, odd)).toBe("Pardon?");
  expect(await say(url, "狐")).toContain("U+72D0");
  const answer = (await (await complete(url, { prompt: "green fish" })).json()) as {
    choices: { text: string }[];
  };
  expect(answer.choices[0].text).toBe("绿鱼");
});

/** The status of a request that asks for another name than the server's. */
function statusFor(url: string, host: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const sent = request(`${url}/v1/models`, { headers: { host } }, (response) => {
      response.resume();
      resolve(response.statusCode);
    });
    sent.on("error", reject).end();
  });
}

it("makes pictures, within its limits", async () => {
  const drawn = drawings(12);
  const gan = await GAN.create({ images: drawn, channels: 4, latent: 3 });
  await gan.fit(drawn, { steps: 1, batch: 6 });
  writeFileSync(join(cwd, "g.safetensors"), gan.save());
  const args = [cli, "serve", "g.safetensors", "--port", "0", "--max-choices", "3"];
  const child = spawn(process.execPath, args, { cwd });
  children.push(child);
  const shown = await new Promise<string>((resolve) => {
    child.stdout.setEncoding("utf8").on("data", resolve);
  });
  const [url] = /http:\S+\/v1\/images\/generations/.exec(shown) ?? [];
  expect(shown).toContain("-o pictures.png");
  const ask = (body: object) =>
    fetch(url ?? shown, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ model: "g", seed: 4, ...body }),
    });
  const made = await ask({ n: 3, prompt: "cross", response_format: "png" });
  expect(made.headers.get("content-type")).toBe("image/png");
  const { images } = gan.generate({ samples: 3, seed: 4, labels: { shape: "cross" } });
  expect(new Uint8Array(await made.arrayBuffer())).toEqual(await images.grid());
  expect((await ask({ n: 4 })).status).toBe(400);
  expect(shown).not.toContain("prompt");
});

it("shows how a model that learned captions is asked", async () => {
  const images = spoken(drawings(12));
  const model = await Diffusion.create({ images, channels: 4, textWidth: 8 });
  await model.fit(images, { steps: 1, batch: 6 });
  writeFileSync(join(cwd, "w.safetensors"), model.save());
  const child = spawn(process.execPath, [cli, "serve", "w.safetensors", "--port", "0"], { cwd });
  children.push(child);
  const shown = await new Promise((resolve) => {
    child.stdout.setEncoding("utf8").on("data", resolve);
  });
  expect(shown).toContain('{"model":"w","prompt":"what they show","n":16,');
});

it("talks with a model of conversations, and shows what it can read", async () => {
  const corpus = [
    [
      { role: "user", content: "hello you" },
      { role: "assistant", content: "yes" },
    ],
  ];
  const model = await LanguageModel.create({ corpus, hidden: 8 });
  await model.fit(corpus, { steps: 1 });
  writeFileSync(join(cwd, "c.safetensors"), model.save());
  const child = spawn(process.execPath, [cli, "serve", "c.safetensors", "--port", "0"], { cwd });
  children.push(child);
  const shown = await new Promise<string>((resolve) => {
    child.stdout.setEncoding("utf8").on("data", resolve);
  });
  expect(shown).toContain('"messages":[{"role":"user","content":"hello"}]');
  const url = /http:[^/]*\/\/[^/]+/.exec(shown)![0];
  const ask = async (content: string) => {
    const body = JSON.stringify({ messages: [{ role: "user", content }], max_tokens: 1 });
    const headers = { "content-type": "application/json" };
    return (
      await fetch(`${url}/v1/chat/completions`, { method: "POST", headers, body })
    ).json() as Promise<Record<string, { message: string }>>;
  };
  expect((await ask("hello")).usage).toMatchObject({ prompt_tokens_details: { cached_tokens: 0 } });
  expect((await ask("hello")).usage).toMatchObject({ prompt_tokens_details: { cached_tokens: 7 } });
  expect((await ask("hi")).error.message).toContain("messages[0].content: the text has");
});

it("answers to the names that it has, and says nothing of others' words", async () => {
  const local = await serving();
  expect(await statusFor(local.url, "localhost")).toBe(200);
  expect(await statusFor(local.url, "evil.test:80")).toBe(403);
  expect(await statusFor(local.url, "x:99999")).toBe(400);
  expect(local.stderr()).toBe("");
  const named = await serving(["--allow-host", "model.test", "--allow-host", "other.test"]);
  expect(await statusFor(named.url, "model.test")).toBe(200);
  expect(await statusFor(named.url, "other.test:8080")).toBe(200);
  expect(await statusFor(named.url, "evil.test")).toBe(403);
  const any = await serving(["--allow-host", "*"]);
  expect(await statusFor(any.url, "evil.test")).toBe(200);
  const open = await serving(["--host", "0.0.0.0"]);
  expect(await statusFor(open.url.replace("0.0.0.0", "127.0.0.1"), "any.test")).toBe(200);
});

it("warns of an open door, and shows how to ask", async () => {
  const open = await serving(["--host", "0.0.0.0"]);
  open.child.kill("SIGTERM");
  expect(await open.ended).toBe(0);
  expect(open.stderr()).toContain("anybody who reaches this address can use it");
  const closed = await serving(["--host", "0.0.0.0", "--key", "k"]);
  closed.child.kill("SIGTERM");
  expect(await closed.ended).toBe(0);
  expect(closed.stderr()).toBe("");
  const shown = await new Promise<string>((resolve) => {
    const args = [cli, "serve", "m.safetensors", "--port", "0", "--key", "k"];
    const child = spawn(process.execPath, args, { cwd });
    children.push(child);
    child.stdout.setEncoding("utf8").on("data", resolve);
  });
  expect(shown).toMatch(/m is served at http:\/\/127\.0\.0\.1:\d+\/v1/);
  expect(shown).toMatch(/curl -N http:\/\/127\.0\.0\.1:\d+\/v1\/completions .*Bearer <key>/);
});

it("says what is wrong", async () => {
  const taken = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => taken.once("listening", resolve));
  const { port } = taken.address() as AddressInfo;
  try {
    const wrong: [string[], number, RegExp][] = [
      [["m.safetensors", "--port", String(port)], 1, /127\.0\.0\.1:\d+: the port is in use/],
      [["m.safetensors", "--port", "0", "--host", "no.such.host.invalid"], 1, /cannot listen on/],
      [["none.safetensors"], 1, /cannot read none\.safetensors: no such file/],
      [["text.txt"], 1, /text\.txt/],
      [["m.safetensors", "--port", "65536"], 2, /Expected a port, 0 to 65535/],
      [["m.safetensors", "--max-tokens", "0"], 2, /whole number of at least 1/],
      [["m.safetensors", "--timeout", "0"], 2, /--timeout/],
      [["m.safetensors", "--max-queue", "-1"], 2, /--max-queue must be a whole number/],
      [["m.safetensors", "--key", ""], 2, /--key/],
      [["m.safetensors", "--min-confidence", "2"], 2, /at least 0 and at most 1/],
    ];
    for (const [args, code, message] of wrong) {
      const ended = await simdream(["serve", ...args], { cwd });
      expect({ code: ended.code, args }).toEqual({ code, args });
      expect(ended.stderr).toMatch(message);
      expect(ended.stderr).toMatch(/^simdream: [^\n]*\n$/);
    }
  } finally {
    taken.close();
  }
});
