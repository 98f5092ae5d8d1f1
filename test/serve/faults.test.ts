// Clients that send too much, too slowly or nothing, that vanish, that come all at once; and a model
// that fails.

import { connect, type Socket } from "node:net";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { NotFiniteError } from "../../src/entries/index.js";
import type { Handler, ServedLanguageModel } from "../../src/entries/serve.js";
import {
  answerTo,
  completion,
  errorOf,
  eventsOf,
  handlerOf,
  listening,
  load,
  model,
  unexpected,
  until,
} from "./help.js";

/** The model, and how many tokens all its streams have given. */
function counted(): { served: ServedLanguageModel; tokens: () => number } {
  let tokens = 0;
  const served = modelWith(async function* (options) {
    for await (const chunk of model.stream(options)) {
      tokens++;
      yield chunk;
    }
  });
  return { served, tokens: () => tokens };
}

/** The model with another way to stream. */
function modelWith(stream: ServedLanguageModel["stream"]): ServedLanguageModel {
  return {
    tokenizer: model.tokenizer,
    fingerprint: () => model.fingerprint(),
    stream,
  };
}

/** So many tokens that only a fault ends the stream. */
const endless = { prompt: "the ", max_tokens: 1e9, stream: true };
const unlimited = { maxTokens: 1e9 };

/** The first `n` tokens of a stream were read. */
async function readSome(response: Response): Promise<ReadableStreamDefaultReader<Uint8Array>> {
  expect(response.status).toBe(200);
  const reader = response.body!.getReader();
  for (let n = 0; n < 5; n++) expect((await reader.read()).done).toBe(false);
  return reader;
}

/** No token comes any more. */
async function expectStill(tokens: () => number): Promise<void> {
  const before = tokens();
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect(tokens()).toBe(before);
}

const idle = { running: 0, waiting: 0 };
const whenIdle = (handler: Handler) => until(async () => (await load(handler)).running === 0);

describe("a client that goes", () => {
  it("ends the generation when it stops reading for good", async () => {
    const { served, tokens } = counted();
    const handler = handlerOf(unlimited, served);
    const reader = await readSome(await handler(completion(endless)));
    expect(await load(handler)).toEqual({ running: 1, waiting: 0 });
    await reader.cancel();
    await whenIdle(handler);
    await expectStill(tokens);
  });

  it("ends the generation when its request is aborted, streaming or not", async () => {
    for (const stream of [true, false]) {
      const { served, tokens } = counted();
      const handler = handlerOf(unlimited, served);
      const controller = new AbortController();
      const { signal } = controller;
      const answer = handler(completion({ ...endless, stream }, { signal }));
      await until(() => tokens() > 0);
      controller.abort();
      expect((await answer).status).toBe(stream ? 200 : 499);
      await whenIdle(handler);
      await expectStill(tokens);
    }
  });

  it("ends the generation when its connection breaks", async () => {
    const { served, tokens } = counted();
    const handler = handlerOf(unlimited, served);
    const url = await listening(handler);
    for (const stream of [true, false]) {
      const socket = await dial(url);
      socket.write(rawRequest({ ...endless, stream }));
      const before = tokens();
      await until(() => tokens() > before + 20);
      socket.destroy();
      await whenIdle(handler);
      await expectStill(tokens);
    }
  });

  it("frees its place in the queue", async () => {
    const handler = handlerOf({ ...unlimited, maxConcurrent: 1 });
    const first = await readSome(await handler(completion(endless)));
    const controller = new AbortController();
    const second = handler(completion(endless, { signal: controller.signal }));
    await until(async () => (await load(handler)).waiting === 1);
    controller.abort();
    await second;
    expect(await load(handler)).toEqual({ running: 1, waiting: 0 });
    await first.cancel();
    await whenIdle(handler);
    expect((await answerTo(handler, { prompt: "a" })).choices).toHaveLength(1);
  });
});

it("makes no more than a slow reader takes", async () => {
  const { served, tokens } = counted();
  const handler = handlerOf(unlimited, served);
  const reader = await readSome(await handler(completion(endless)));
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect(tokens()).toBeLessThan(10);
  await reader.cancel();

  const socket = await dial(await listening(handler));
  socket.pause();
  socket.write(rawRequest(endless));
  // The machine's own buffers fill, then the generation stands still.
  let last = -1;
  await until(async () => {
    const still = tokens() === last && last > 10;
    last = tokens();
    await new Promise((resolve) => setTimeout(resolve, 200));
    return still;
  });
  expect(await load(handler)).toEqual({ running: 1, waiting: 0 });
  socket.destroy();
  await whenIdle(handler);
});

describe("bodies", () => {
  const limits = { maxBodyBytes: 1000, bodyTimeout: 500 };

  it("that are too large are refused, whether they say so or not", async () => {
    const handler = handlerOf(limits);
    const large = JSON.stringify({ prompt: "a".repeat(1000) });
    expect(await errorOf(await handler(completion(large)))).toMatchObject({
      status: 413,
      code: "request_too_large",
      message: "The body must have at most 1000 bytes",
    });
    const exact = JSON.stringify({ prompt: "the " }).padEnd(1000);
    expect((await handler(completion(exact))).status).toBe(200);

    const url = await listening(handler);
    const head =
      "POST /v1/completions HTTP/1.1\r\nhost: test\r\ncontent-type: application/json\r\n";
    const claimed = await dial(url);
    claimed.write(`${head}content-length: 1000000000\r\n\r\n{`);
    expect(await reply(claimed)).toMatch(/^HTTP\/1\.1 413 [\s\S]*request_too_large/);
    const endlessly = await dial(url);
    endlessly.write(`${head}transfer-encoding: chunked\r\n\r\n`);
    const sending = setInterval(() => endlessly.write(`64\r\n${"a".repeat(100)}\r\n`), 1);
    try {
      expect(await reply(endlessly)).toMatch(/^HTTP\/1\.1 413 [\s\S]*request_too_large/);
    } finally {
      clearInterval(sending);
    }
  });

  it("that come too slowly are given up", async () => {
    const handler = handlerOf(limits);
    const url = await listening(handler);
    const head =
      "POST /v1/completions HTTP/1.1\r\nhost: test\r\ncontent-type: application/json\r\n";
    const silent = await dial(url);
    silent.write(`${head}content-length: 100\r\n\r\n{"prompt"`);
    const trickling = await dial(url);
    trickling.write(`${head}transfer-encoding: chunked\r\n\r\n`);
    const sending = setInterval(() => trickling.write("1\r\n \r\n"), 20);
    try {
      for (const answer of await Promise.all([reply(silent), reply(trickling)])) {
        expect(answer).toMatch(/^HTTP\/1\.1 408 [\s\S]*must come within 0\.5 s/);
      }
    } finally {
      clearInterval(sending);
    }
    expect(await load(handler)).toEqual(idle);
  });

  it("that break off harm nobody", async () => {
    const handler = handlerOf(limits);
    const url = await listening(handler);
    const socket = await dial(url);
    socket.write(`${rawRequest({ prompt: "the " }).slice(0, -5)}`);
    socket.destroy();
    const cut = new ReadableStream({
      start: (controller) => controller.error(new Error("the connection broke")),
    });
    const init = { body: cut, duplex: "half" } as RequestInit;
    const error = await errorOf(await handler(completion("", init)));
    expect(error).toMatchObject({ status: 400, code: "incomplete_body" });
    expect((await fetch(`${url}/health`)).status).toBe(200);
  });

  it("must be sent as JSON", async () => {
    const handler = handlerOf();
    for (const type of ["text/plain", "application/x-www-form-urlencoded", "application/jsonp"]) {
      const sent = completion({}, { headers: { "content-type": type } });
      const error = await errorOf(await handler(sent));
      expect(error).toMatchObject({ status: 415, message: expect.stringContaining(type) });
    }
    const headers = { "content-type": "Application/JSON; charset=utf-8" };
    expect((await handler(completion({}, { headers }))).status).toBe(200);
  });

  it("must not be compressed, unless somebody on the way decompresses it", async () => {
    const handler = handlerOf();
    const headers = { "content-type": "application/json", "content-encoding": "gzip" };
    const body = gzipSync('{"prompt":"the"}');
    const answer = await handler(completion({}, { headers, body }));
    expect(answer.headers.get("accept-encoding")).toBe("identity");
    expect(await errorOf(answer)).toMatchObject({
      ...{ status: 415, code: "unsupported_media_type" },
      message: 'The body must not be compressed, got Content-Encoding "gzip"',
    });
    expect((await handler(completion({}, { headers }))).status).toBe(200);
    const plain = { ...headers, "content-encoding": "identity" };
    expect((await handler(completion({}, { headers: plain }))).status).toBe(200);
    const broken = completion("{", { headers: plain });
    expect(await errorOf(await handler(broken))).toMatchObject({ code: "invalid_json" });
  });
});

describe("many at once", () => {
  it("200 streams: some run, some wait, the rest are told to come again", async () => {
    const handler = handlerOf();
    const { text } = model.generate({ prompt: "the ", maxTokens: 50, seed: 1 });
    const body = { prompt: "the ", max_tokens: 50, seed: 1, stream: true };
    // Streams that nobody reads yet keep their places.
    const answers = Array.from({ length: 200 }, () => handler(completion(body)));
    await until(async () => (await load(handler)).waiting === 64);
    const refused: Response[] = [];
    for (const answer of answers) {
      void answer.then((response) => {
        if (response.status !== 200) refused.push(response);
      });
    }
    await until(() => refused.length === 72);
    for (const response of refused) {
      expect(Number(response.headers.get("retry-after"))).toBeGreaterThan(0);
      const error = await errorOf(response);
      expect(error).toMatchObject({ status: 429, code: "rate_limit_exceeded" });
      expect(error.message).toBe("The server is busy with 128 requests: try again later");
    }
    let finished = 0;
    const reading = answers.map(async (answer) => {
      const response = await answer;
      if (response.status !== 200) return;
      const events = await eventsOf(response);
      expect(events.pop()).toBe("[DONE]");
      const pieces = events.map((event) => (event === "[DONE]" ? "" : event.choices[0].text));
      expect(pieces.join("")).toBe(text);
      finished++;
    });
    await Promise.all(reading);
    expect(finished).toBe(128);
    expect(await load(handler)).toEqual(idle);
  });

  it("200 streams over HTTP all finish where the limit allows", async () => {
    const handler = handlerOf({ maxConcurrent: 200 });
    const url = `${await listening(handler)}/v1/completions`;
    const answers = Array.from({ length: 200 }, async (_, seed) => {
      const body = JSON.stringify({ prompt: "the ", max_tokens: 20, seed, stream: true });
      const headers = { "content-type": "application/json" };
      const events = await eventsOf(await fetch(url, { method: "POST", headers, body }));
      expect(events.pop()).toBe("[DONE]");
      return events.map((event) => (event === "[DONE]" ? "" : event.choices[0].text)).join("");
    });
    const texts = await Promise.all(answers);
    for (const [seed, text] of texts.entries()) {
      expect(text).toBe(model.generate({ prompt: "the ", maxTokens: 20, seed }).text);
    }
    await whenIdle(handler);
  });
});

describe("time", () => {
  it("that is up ends streams, whole answers and waiting", async () => {
    const handler = handlerOf({ ...unlimited, maxConcurrent: 2, timeout: 1500 });
    const read = handler(completion(endless)).then(eventsOf);
    const unread = await handler(completion(endless));
    const waiting = handler(completion({ ...endless, stream: false }));
    const last = (await read).pop();
    expect(last).toMatchObject({ error: { code: "timeout", type: "server_error" } });
    const late = await waiting;
    expect(late.headers.get("x-should-retry")).toBe("false");
    expect(await errorOf(late)).toMatchObject({ status: 504, code: "timeout" });
    await whenIdle(handler);
    expect((await eventsOf(unread)).pop()).toMatchObject({ error: { code: "timeout" } });

    const whole = await handler(completion({ ...endless, stream: false }));
    expect(await errorOf(whole)).toMatchObject({ status: 504 });
    expect(await load(handler)).toEqual(idle);
  });

  it("is up at once where the model says nothing for long", async () => {
    // A prompt that is read for two seconds, with the event loop's turns between its pieces.
    const slow = modelWith(async function* (options) {
      await new Promise((resolve) => setTimeout(resolve, 2000));
      yield* model.stream(options);
    });
    const handler = handlerOf({ timeout: 200 }, slow);
    const begun = performance.now();
    const answers = Array.from({ length: 16 }, (_, i) =>
      handler(completion({ prompt: "the ", stream: i % 2 === 0 })),
    );
    for (const answer of answers) {
      expect(await errorOf(await answer)).toMatchObject({ status: 504, code: "timeout" });
    }
    expect(performance.now() - begun).toBeLessThan(1500);
    expect(await load(handler)).toEqual(idle);
  });
});

describe("a model that fails", () => {
  const failing = (after: number) =>
    modelWith(async function* (options) {
      let left = after;
      for await (const chunk of model.stream(options)) {
        if (left-- === 0) throw new Error("a secret of the machine");
        yield chunk;
      }
    });

  it("says so where its numbers are not finite", async () => {
    const ill = modelWith(async function* () {
      yield* [];
      throw new NotFiniteError("the model's numbers are not finite: NaN for a token");
    });
    const error = await errorOf(await handlerOf({}, ill)(completion({ prompt: "the " })));
    expect(error).toMatchObject({ status: 500, type: "server_error", code: "model_error" });
    expect(error.message).toContain("numbers are not finite");
    expect(unexpected.splice(0)).toMatchObject([{ name: "NotFiniteError" }]);
  });

  it("is answered for where the owner's own report fails", async () => {
    const onError = () => {
      throw new Error("the log is full");
    };
    const response = await handlerOf({ onError }, failing(0))(completion({ prompt: "the " }));
    expect(await errorOf(response)).toMatchObject({ status: 500, code: "internal_error" });
  });

  it("is reported to the server's owner, not to the client", async () => {
    for (const [after, stream, status] of [
      [0, true, 500],
      [0, false, 500],
      [3, false, 500],
      [3, true, 200],
    ] as const) {
      const handler = handlerOf({}, failing(after));
      const response = await handler(completion({ prompt: "the ", stream }));
      expect(response.status).toBe(status);
      const error =
        status === 200 ? (await eventsOf(response)).pop() : { error: await errorOf(response) };
      expect(error).toMatchObject({
        error: {
          type: "server_error",
          code: "internal_error",
          message: "The server had an error while it handled the request",
        },
      });
      expect(unexpected.splice(0)).toMatchObject([{ message: "a secret of the machine" }]);
      expect(await load(handler)).toEqual(idle);
    }
  });
});

/** A connection that is open. */
function dial(url: string): Promise<Socket> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname, () => resolve(socket));
    // What the server does to it is seen by what it answers.
    socket.on("error", reject);
  });
}

/** All that a server says until it hangs up. */
function reply(socket: Socket): Promise<string> {
  return new Promise((resolve) => {
    let answer = "";
    socket.setEncoding("utf8").on("data", (part: string) => {
      answer += part;
    });
    socket.on("close", () => resolve(answer));
  });
}

function rawRequest(body: object): string {
  const json = JSON.stringify(body);
  return [
    "POST /v1/completions HTTP/1.1",
    "host: test",
    "content-type: application/json",
    `content-length: ${json.length}`,
    "",
    json,
  ].join("\r\n");
}
