// What coordinator and workers say to each other, and what is checked of it.

import { ModelFileError } from "../host/errors.js";
import type { ParameterRange } from "../nn/parameters.js";
import type { Round, RoundResult, ShardState } from "../train/rounds/task.js";
import type { ShardReply, ShardTask } from "../train/shard-runner.js";
import type { Shard } from "../train/shards.js";
import type { NetworkDescription } from "../train/trainable.js";
import type { Parcel } from "./channel.js";
import { allFinite } from "./codec.js";

/** Bytes in the store. */
export interface Stored {
  readonly hash: string;
  readonly size: number;
}

/** A task: what a worker needs to compute a shard. */
export interface TaskMessage {
  readonly id: string;
  /** Of simdream: others may have other bits. */
  readonly version: string;
  readonly network: NetworkDescription;
  readonly pictures: boolean;
  readonly changing: readonly ParameterRange[];
  readonly values: Stored;
  readonly frozen: Stored;
  /** Numbers that the answer has. */
  readonly size: number;
  /** What is computed: `Work`. */
  readonly work: Parcel;
  /** Whether the state that another one has kept is in the store, or will be in a moment. */
  readonly surrendered?: boolean;
}

/** What a worker says of a task. */
export interface ResultMessage {
  readonly id: string;
  readonly worker: string;
  /** How long it computed, in milliseconds. */
  readonly ms: number;
  readonly again: boolean;
  readonly hash?: string;
  readonly answer?: Parcel;
  /** Why it did not compute it. */
  readonly refused?: string;
  /** Whether it is to have kept a state that it has not. */
  readonly lacks?: boolean;
}

/** What a worker is asked for by name, beside tasks. */
export interface AskMessage {
  /** A state that it has kept, to be put into the store. */
  readonly surrender?: string;
}

/** What a worker says of itself, every now and then. */
export interface HelloMessage {
  readonly worker: string;
  readonly threads: number;
  readonly done: number;
  readonly leaving: boolean;
}

/** What a coordinator says to all. */
export interface NoteMessage {
  /** A worker that is shut out. */
  readonly refused?: string;
  /** Whoever is there is to say so. */
  readonly roll?: boolean;
}

/** What a shard keeps, where that stays with a worker: the SHA-256 of its bytes, and how many they are. */
export interface Kept {
  readonly kept: string;
  readonly size: number;
}

/** What is computed with the weights: a gradient, or a round with what its shard has kept. */
export type Work =
  | { readonly shard: Shard }
  | {
      readonly round: Round;
      readonly state: ShardState | Kept;
      /** Whether what the shard keeps is to come back; it stays with the worker else. */
      readonly wanted: boolean;
    };

/** What is computed. */
export type Answer = Omit<ShardReply, "values"> | RoundResult;

/** What goes back, the same bytes whoever computed it. */
export type Said = Answer | (Omit<RoundResult, "state"> & { readonly state: Kept });

/** How many numbers a shard keeps, by name. */
export type Shape = Readonly<Record<string, number>>;

export function isKept(state: unknown): state is Kept {
  return isObject(state) && isText((state as Kept).kept) && isSize((state as Kept).size);
}

export function shapeOf(state: ShardState): Shape {
  return Object.fromEntries(Object.entries(state).map(([name, { length }]) => [name, length]));
}

/** @throws ModelFileError */
export function checkTask(value: unknown): TaskMessage {
  const task = value as TaskMessage;
  const good =
    isObject(task) &&
    isText(task.id) &&
    isText(task.version) &&
    isObject(task.network) &&
    isText(task.network.model) &&
    typeof task.pictures === "boolean" &&
    Array.isArray(task.changing) &&
    task.changing.every(
      (range) => isObject(range) && isSize(range.offset) && isSize(range.length),
    ) &&
    isStored(task.values) &&
    task.values.size === 4 * lengthOf(task) &&
    isStored(task.frozen) &&
    isSize(task.size) &&
    task.size <= lengthOf(task) &&
    isParcel(task.work);
  if (good) return task;
  throw new ModelFileError("a task of the cluster is not one of this version");
}

/** @throws ModelFileError */
export function checkWork(value: unknown): Work {
  const work = value as Work;
  const good =
    isObject(work) &&
    ("shard" in work
      ? isShard(work.shard)
      : isObject(work.round) &&
        Array.isArray(work.round.updates) &&
        work.round.updates.every((update) => isObject(update) && isShard(update.shard)) &&
        isObject(work.round.options) &&
        Array.isArray(work.round.taken) &&
        typeof work.wanted === "boolean" &&
        isObject(work.state) &&
        (isKept(work.state) || arrays(Object.values(work.state))));
  if (good) return work;
  throw new ModelFileError("a task of the cluster is not one of this version");
}

function isShard(shard: Shard): boolean {
  return (
    isObject(shard) &&
    isObject(shard.phase) &&
    Array.isArray(shard.parts) &&
    shard.parts.every(
      (part) => isObject(part) && isSize(part.rows) && part.dropout?.length === 2,
    ) &&
    (shard.carried === undefined || arrays(shard.carried)) &&
    isObject(shard.totals)
  );
}

/** @throws ModelFileError */
export function checkResult(value: unknown): ResultMessage {
  const result = value as ResultMessage;
  const said =
    result?.lacks === true ||
    isText(result?.refused) ||
    (isText(result?.hash) && isParcel(result?.answer));
  const good = isObject(result) && isText(result.id) && isText(result.worker) && said;
  if (good) return { ...result, ms: Number.isFinite(result.ms) ? result.ms : 0 };
  throw new ModelFileError("a result of the cluster is not one of this version");
}

/**
 * @param work what was asked for
 * @param shape of what the shard keeps
 * @throws ModelFileError for numbers that are none, or not as many as the task has
 */
export function checkAnswer(value: unknown, size: number, work: Work, shape: Shape = {}): Said {
  const answer = value as Said;
  const good =
    isObject(answer) &&
    ("shard" in work
      ? isGradient(answer as ShardReply, size, work.shard)
      : isRoundResult(answer as RoundResult, size, work, shape));
  if (good && allFinite(answer)) return answer;
  throw new ModelFileError("an answer of the cluster has other numbers than its task asks for");
}

function isGradient(answer: ShardReply, size: number, { carried }: Shard): boolean {
  return (
    isLoss(answer) &&
    answer.grads instanceof Float32Array &&
    answer.grads.length === size &&
    continues(answer.carried, carried) &&
    Array.isArray(answer.statistics) &&
    answer.statistics.every(
      (one) => isObject(one) && isSize(one.rows) && arrays(Object.values(one.values ?? {})),
    )
  );
}

function isRoundResult(
  answer: RoundResult,
  size: number,
  { round, wanted }: { readonly round: Round; readonly wanted: boolean },
  shape: Shape,
): boolean {
  const { difference } = answer;
  const eight = difference as Exclude<typeof difference, Float32Array>;
  const numbers = difference instanceof Float32Array ? difference : eight?.numbers;
  const own = Object.keys(shape);
  return (
    Array.isArray(answer.updates) &&
    answer.updates.length <= round.updates.length &&
    answer.updates.every((one) => isLoss(one) && typeof one.gradNorm === "number") &&
    typeof answer.finite === "boolean" &&
    numbers?.length === size &&
    (numbers === difference ||
      (numbers instanceof Int8Array && eight.exponents instanceof Int8Array)) &&
    answer.buffers instanceof Float32Array &&
    Array.isArray(answer.taken) &&
    answer.taken.length === round.taken.length &&
    answer.taken.every(isSize) &&
    (wanted
      ? isObject(answer.state) &&
        Object.keys(answer.state).length === own.length &&
        own.every((name) => {
          const kept = answer.state![name];
          return kept instanceof Float32Array && kept.length === shape[name];
        })
      : isKept(answer.state)) &&
    continues(answer.carried, round.carried)
  );
}

function isLoss(one: { readonly loss: number; readonly parts: object }): boolean {
  return (
    isObject(one) &&
    typeof one.loss === "number" &&
    isObject(one.parts) &&
    Object.values(one.parts).every((part) => typeof part === "number")
  );
}

/** Whether it is a state of rows like the one before, where there was one. */
function continues(now: unknown, before: readonly Float32Array[] = []): boolean {
  return (
    arrays(now) &&
    (before.length === 0 || before.length === now.length) &&
    before.every(({ length }, i) => length === now[i].length)
  );
}

/** The most bytes that an answer to a task can have. */
export function mostBytes(task: Pick<ShardTask, "changing">, work: Uint8Array): number {
  const changing = lengthOf(task);
  return 16 * changing + 4 * work.length + 2 ** 16;
}

/** Numbers that change from step to step. */
function lengthOf({ changing }: Pick<ShardTask, "changing">): number {
  return changing.reduce((sum, { length }) => sum + length, 0);
}

function isObject<T>(value: T): value is T & object {
  return typeof value === "object" && value !== null;
}

function isText(value: unknown): value is string {
  return typeof value === "string" && value.length <= 4096;
}

function isSize(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function isStored(value: unknown): value is Stored {
  return isObject(value) && isText((value as Stored).hash) && isSize((value as Stored).size);
}

function isParcel(value: unknown): value is Parcel {
  return (
    isStored(value) ||
    (isObject(value) && (value as { bytes: unknown }).bytes instanceof Uint8Array)
  );
}

function arrays(value: unknown): value is Float32Array[] {
  return Array.isArray(value) && value.every((one) => one instanceof Float32Array);
}
