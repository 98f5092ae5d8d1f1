// simdream serve

import { lookup } from "node:dns/promises";
import { basename } from "node:path";
import { type Command, InvalidArgumentError } from "commander";
import type { LanguageModel, Seq2Seq } from "../../entries/node.js";
import { createHandler, type HandlerOptions, type ServedModel } from "../../entries/serve.js";
import { isLoopback } from "../../serve/hosts.js";
import { knowsConversations } from "../../text/markers.js";
import { useAdapter } from "../io/adapters.js";
import { readModel, unable } from "../io/models.js";
import { checkPaths, uses } from "../io/paths.js";
import type { Kind } from "../kinds/kind.js";
import type { AnyModel } from "../kinds/model.js";
import { confidenceRows } from "../options/answer-options.js";
import { dialogueRows } from "../options/dialogue-options.js";
import { rawRow, unescaped } from "../options/escapes.js";
import {
  addOptions,
  command,
  count,
  examples,
  number,
  pick,
  repeated,
} from "../options/options.js";
import { Interruption } from "../run/interruption.js";
import { HttpServer } from "../server.js";
import { visibleText } from "../show/escape.js";
import { shellWords } from "../show/format.js";
import { messageOutput, printJson, warn } from "../show/terminal.js";

interface ServeFlags extends Omit<HandlerOptions, "cors" | "hosts"> {
  readonly cors?: readonly string[];
  readonly allowHost?: readonly string[];
  readonly port: number;
  readonly host: string;
  readonly key?: readonly string[];
  readonly adapter?: readonly string[];
  readonly grace: number;
  readonly json?: boolean;
  readonly quiet?: boolean;
}

/** What `createHandler` takes as it is. */
const handlerNames = [
  ...["minConfidence", "unsure", "history", "joiner", "userPrefix", "assistantPrefix"],
  ...["maxTokens", "maxPromptTokens", "maxPromptChars", "maxBodyBytes", "cacheBytes"],
  ...["maxChoices", "maxSteps", "maxPixels", "maxConcurrent", "maxQueue", "bodyTimeout", "timeout"],
];

export function serveCommand(): Command {
  const target = command(
    "serve",
    "Serves a model over HTTP, in OpenAI's formats: completions and chats, or pictures.",
  );
  target.argument("<model>", "a file that train or import wrote");
  addOptions(target, "Server", [
    ["--port <n>", "port to listen on; 0: any that is free", 8080, port],
    ["--host <address>", "address to listen on; 0.0.0.0: all of the machine's", "127.0.0.1"],
    ["--name <id>", "the model's id (default: the file's name)"],
    [
      "--adapter <id=file>",
      "serve the model with this adapter, too, under the id (default: the file's name); the model's own id is without any (repeatable)",
      undefined,
      repeated,
    ],
    ["--key <key>", "ask for this API key (repeatable; better: SIMDREAM_API_KEY)", undefined, key],
    ["--cors <origin>", "let this origin's pages ask; *: all (repeatable)", undefined, repeated],
    [
      "--allow-host <name>",
      "answer requests whose Host is this name, too; *: any. On a loopback address only its own names are answered otherwise (repeatable)",
      undefined,
      repeated,
    ],
    ["--grace <s>", "seconds that requests have to end after Ctrl-C", 5, number],
  ]);
  addOptions(target, "Chats", [
    ...dialogueRows,
    ["--user-prefix <text>", "language models: what the user's lines begin with"],
    ["--assistant-prefix <text>", "language models: what the model's lines begin with"],
    rawRow,
  ]);
  addOptions(target, "Answers", confidenceRows);
  addOptions(target, "Limits", [
    ["--max-tokens <n>", "largest max_tokens", 2048, count],
    ["--max-prompt-tokens <n>", "longest prompt, in tokens", 2048, count],
    ["--max-prompt-chars <n>", "longest prompt, in characters", 8192, count],
    ["--cache-bytes <n>", "memory for what was read of conversations", 2 ** 26, number],
    ["--max-choices <n>", "most samples or pictures of one request", 16, count],
    ["--max-steps <n>", "largest steps, of pictures that are made step by step", 50, count],
    ["--max-pixels <n>", "most pixels of all pictures of one answer", 1048576, count],
    ["--max-body-bytes <n>", "largest body", 262144, count],
    ["--max-concurrent <n>", "requests that generate at the same time", 64, count],
    ["--max-queue <n>", "requests that wait; more are refused", 64, number],
    ["--body-timeout <ms>", "time in which a request's body must have arrived", 10000, count],
    ["--timeout <ms>", "time that a request may take, waiting included", 60000, count],
  ]);
  addOptions(target, "Output", [
    ["--json", "print one JSON object with the address"],
    ["--quiet", "print errors only"],
  ]);
  examples(target, [
    "simdream serve book.safetensors",
    "simdream serve dialogue.safetensors --min-confidence 0.5",
    "simdream serve digits.safetensors --max-choices 4",
    "simdream serve book.safetensors --port 0 --json",
    "SIMDREAM_API_KEY=secret simdream serve book.safetensors --host 0.0.0.0",
  ]);
  return target.action((path: string, flags: ServeFlags) => serve(path, flags));
}

async function serve(path: string, flags: ServeFlags): Promise<void> {
  const adapters = (flags.adapter ?? []).map(namedFile);
  checkPaths([
    ...uses("the model", path),
    ...uses("--adapter", ...adapters.map(([, file]) => file)),
  ]);
  const { kind, model } = await readModel(path);
  for (const [id, file] of adapters) await useAdapter(path, model, file, id);
  const keys = flags.key ?? environmentKeys();
  const name = flags.name ?? basename(path).replace(/\.safetensors$/, "");
  const local = await isLocal(flags.host);
  if (kind.pictures && !kind.pictures.generate) throw unable(path, kind);
  // What is served of other kinds is the handler's to say.
  const handler = createHandler(model as unknown as ServedModel, {
    ...pick(unescaped(flags), handlerNames),
    ...hosts(flags.allowHost, local),
    name,
    keys,
    cors: flags.cors?.includes("*") ? true : flags.cors,
  });
  const stop = asked();
  const server = await HttpServer.listen(handler, flags.port, flags.host);
  const { url } = server;
  if (keys.length === 0 && !local) {
    warn("anybody who reaches this address can use it: see --key");
  }
  if (flags.json)
    printJson({ url, model: name, fingerprint: model.fingerprint(), pid: process.pid });
  const output = messageOutput(flags);
  output?.write(visibleText(greeting(url, name, keys.length > 0, bodyFor(kind, model))));
  await stop;
  output?.write("stopping …\n");
  await server.close(1000 * flags.grace);
  // A timer or a socket that a runtime keeps is no reason to stay.
  process.exit(0);
}

/** An id and a file, "tales=tales.adapter.safetensors", or a file alone. */
function namedFile(text: string): readonly [id: string, file: string] {
  const at = text.indexOf("=");
  if (at > 0) return [text.slice(0, at), text.slice(at + 1)];
  return [basename(text).replace(/(\.adapter)?\.safetensors$/, ""), text];
}

/** A line for curl that shows what the model can do. */
function greeting(url: string, model: string, keyed: boolean, { path, body, end }: Asked): string {
  const key = keyed ? ["-H", "Authorization: Bearer <key>"] : [];
  const type = ["-H", "Content-Type: application/json"];
  const sent = JSON.stringify({ model, ...body });
  const curl = ["curl", "-N", `${url}/v1/${path}`, ...type, ...key, "-d", sent, ...end];
  return `${model} is served at ${url}/v1. Try:\n  ${shellWords(curl)}\nCtrl-C stops.\n`;
}

/** A request that a model of a kind answers. */
interface Asked {
  readonly path: string;
  readonly body: object;
  /** Where the answer goes. */
  readonly end: readonly string[];
}

function bodyFor(kind: Kind, model: AnyModel): Asked {
  if (kind.pictures) {
    const asked = kind.pictures.words?.(model) ? { prompt: "what they show" } : {};
    const body = { ...asked, n: 16, response_format: "png" };
    return { path: "images/generations", body, end: ["-o", "pictures.png"] };
  }
  if (kind.commands.includes("chat") || knowsChats(model)) {
    const messages = [{ role: "user", content: greetingFor(model) }];
    return { path: "chat/completions", body: { messages, stream: true }, end: [] };
  }
  const body = { prompt: "", max_tokens: 100, overflow: "stop", stream: true };
  return { path: "completions", body, end: [] };
}

/** What one may say to a model whatever it has learned: in words that it can read. */
function greetingFor(model: AnyModel): string {
  const { tokenizer, tokenizers } = model as Partial<LanguageModel & Seq2Seq>;
  const reads = (text: string) => {
    let all = true;
    (tokenizers?.source ?? tokenizer)?.encode(text, () => {
      all = false;
    });
    return all;
  };
  return ["Hello!", "Hello", "hello", "Hi", "hi", "你好"].find(reads) ?? "…";
}

/** Whether it is a language model that knows conversations. */
function knowsChats(model: AnyModel): boolean {
  const { config, tokenizer } = model as Partial<LanguageModel>;
  return config?.documents === true && tokenizer !== undefined && knowsConversations(tokenizer);
}

function environmentKeys(): readonly string[] {
  const key = process.env.SIMDREAM_API_KEY;
  return key ? [key] : [];
}

/** Whether the address that a host stands for is the machine's own. */
async function isLocal(host: string): Promise<boolean> {
  try {
    return isLoopback((await lookup(host)).address);
  } catch {
    // To listen there will fail, and say why.
    return isLoopback(host);
  }
}

/** On a loopback address, and wherever names are given, others are refused. */
function hosts(
  names: readonly string[] | undefined,
  local: boolean,
): Pick<HandlerOptions, "hosts"> {
  if (names?.includes("*") || (!local && names === undefined)) return {};
  return { hosts: names ?? [] };
}

/** Resolves when the program should stop. */
function asked(): Promise<void> {
  return new Promise((resolve) => void new Interruption(() => {}, resolve));
}

function key(text: string, previous: readonly string[] | undefined): string[] {
  if (text === "") throw new InvalidArgumentError("Expected a key, not an empty text.");
  return repeated(text, previous);
}

function port(text: string): number {
  const value = number(text);
  if (Number.isInteger(value) && value >= 0 && value <= 65535) return value;
  throw new InvalidArgumentError("Expected a port, 0 to 65535.");
}
