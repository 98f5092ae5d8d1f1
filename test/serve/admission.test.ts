import { expect, it } from "vitest";
import { Admission } from "../../src/serve/admission.js";
import { ApiError } from "../../src/serve/errors.js";
import { resolveOptions } from "../../src/serve/options.js";

const { signal } = new AbortController();
const admission = (options: object) => new Admission(resolveOptions(options));

it("gives freed places to those that wait, in the order of asking", async () => {
  const places = admission({ maxConcurrent: 1, maxQueue: 2 });
  const leave = await places.enter(signal);
  const order: number[] = [];
  const waiting = [1, 2].map(async (id) => {
    const next = await places.enter(signal);
    order.push(id);
    next();
  });
  await expect(places.enter(signal)).rejects.toBeInstanceOf(ApiError);
  expect([places.running, places.waiting]).toEqual([1, 2]);
  leave();
  leave();
  await Promise.all(waiting);
  expect(order).toEqual([1, 2]);
  expect([places.running, places.waiting]).toEqual([0, 0]);
});

it("takes the place of a request that must have ended, but never said so", async () => {
  const places = admission({ maxConcurrent: 1, maxQueue: 0, timeout: 20 });
  const late = await places.enter(signal);
  await new Promise((resolve) => setTimeout(resolve, 100));
  const leave = await places.enter(signal);
  late();
  expect(places.running).toBe(1);
  leave();
  expect(places.running).toBe(0);
});

it("lets those go that give up", async () => {
  const places = admission({ maxConcurrent: 1 });
  const leave = await places.enter(signal);
  const controller = new AbortController();
  const waiting = places.enter(controller.signal);
  controller.abort(new Error("enough"));
  await expect(waiting).rejects.toThrow("enough");
  await expect(places.enter(controller.signal)).rejects.toThrow("enough");
  expect([places.running, places.waiting]).toEqual([1, 0]);
  leave();
});
