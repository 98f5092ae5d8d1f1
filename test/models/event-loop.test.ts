// A turn of the event loop, by whatever the runtime has for it.

import { afterEach, expect, test, vi } from "vitest";

afterEach(() => {
  vi.unstubAllGlobals();
  vi.resetModules();
});

/** As in Next.js' edge runtime: a name that throws when it is used. */
const refuses = (calls: string[], name: string) =>
  function stub() {
    calls.push(name);
    throw new Error(`a Node.js API is used (${name})`);
  };

test.each([
  ["by messages", ["setImmediate"]],
  ["by a timer", ["setImmediate", "MessageChannel"]],
])("%s, where others throw, which are tried once", async (_, names) => {
  const calls: string[] = [];
  for (const name of names) vi.stubGlobal(name, refuses(calls, name));
  vi.resetModules();
  const { eventLoop } = await import("../../src/host/event-loop.js");
  let timer = false;
  setTimeout(() => {
    timer = true;
  }, 0);
  for (let i = 0; i < 50 && !timer; i++) await eventLoop();
  expect(timer).toBe(true);
  expect(calls).toEqual(names);
});
