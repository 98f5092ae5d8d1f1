// What the tests of the server share: a model, a server on a free port, and requests.

import { afterAll, expect } from "vitest";
import { HttpServer } from "../../src/cli/server.js";
import { LanguageModel } from "../../src/entries/index.js";
import {
  createHandler,
  type Handler,
  type HandlerOptions,
  type ServedModel,
} from "../../src/entries/serve.js";
import { runtime, text, tiny, train } from "../models/help.js";

/** A small model that has learnt a little. */
export const model: LanguageModel = await LanguageModel.create({ runtime, corpus: text, ...tiny });
await train(model, text, { steps: 60, batch: 4, seqLen: 16, lr: 1e-2 });

/** A handler that reports nothing: an unexpected error fails the test. */
export function handlerOf(options: HandlerOptions = {}, served: ServedModel = model): Handler {
  const onError = (error: unknown) => {
    unexpected.push(error);
  };
  return createHandler(served, { name: "tiny", onError, ...options });
}

/** Errors that a handler did not expect; none in all tests but those about them. */
export const unexpected: unknown[] = [];
afterAll(() => expect(unexpected).toEqual([]));

const servers: HttpServer[] = [];
afterAll(async () => {
  for (const server of servers) await server.close(0);
});

/** The address of a server that runs until the tests of the file end. */
export async function listening(handler: Handler): Promise<string> {
  const server = await HttpServer.listen(handler, 0, "127.0.0.1");
  servers.push(server);
  return server.url;
}

/** A request to complete text, not yet sent. */
export function completion(body: unknown, init: RequestInit = {}): Request {
  return new Request("http://test/v1/completions", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: typeof body === "string" ? body : JSON.stringify(body),
    ...init,
  });
}

/** An error as it comes over the wire. */
export interface WireError {
  readonly message: string;
  readonly type: string;
  readonly param: string | null;
  readonly code: string | null;
}

/** The error that an answer carries, with its status. */
export async function errorOf(response: Response): Promise<WireError & { status: number }> {
  expect(response.headers.get("content-type")).toContain("application/json");
  const { error } = (await response.json()) as { error: WireError };
  expect(Object.keys(error).sort()).toEqual(["code", "message", "param", "type"]);
  return { status: response.status, ...error };
}

/** A completion as it comes over the wire. */
export interface WireCompletion {
  readonly id: string;
  readonly choices: {
    readonly text: string;
    readonly index: number;
    readonly finish_reason: string | null;
    readonly logprobs: {
      readonly tokens: string[];
      readonly token_logprobs: number[];
      readonly top_logprobs: Record<string, number>[] | null;
      readonly text_offset: number[];
    } | null;
  }[];
  readonly usage?: {
    readonly prompt_tokens: number;
    readonly completion_tokens: number;
    readonly total_tokens: number;
  } | null;
  readonly error?: WireError;
}

/** The answer to a request that must succeed. */
export async function answerTo(handler: Handler, body: unknown): Promise<WireCompletion> {
  const response = await handler(completion(body));
  const answer = await response.text();
  if (response.status !== 200) expect.fail(`status ${response.status}: ${answer}`);
  return JSON.parse(answer) as WireCompletion;
}

/** The data of a whole event stream; the last is the string "[DONE]" where it ended well. */
export async function eventsOf(response: Response): Promise<(WireCompletion | "[DONE]")[]> {
  expect(response.headers.get("content-type")).toBe("text/event-stream; charset=utf-8");
  const lines = (await response.text()).split("\n\n");
  expect(lines.pop()).toBe("");
  return lines.map((line) => {
    expect(line.startsWith("data: ")).toBe(true);
    const data = line.slice(6);
    return data === "[DONE]" ? data : (JSON.parse(data) as WireCompletion);
  });
}

/** Waits until something holds. */
export async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  for (let n = 0; n < 3000; n++) {
    if (await holds()) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  expect.fail("what was waited for did not come");
}

/** How many requests a server works on. */
export async function load(handler: Handler): Promise<{ running: number; waiting: number }> {
  const response = await handler(new Request("http://test/health"));
  const { running, waiting } = (await response.json()) as { running: number; waiting: number };
  return { running, waiting };
}
