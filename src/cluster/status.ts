// What can be seen of a run from outside.

import type { NatsConnection } from "@nats-io/nats-core";
import { Channel, type ClusterOptions } from "./channel.js";
import type { ClusterStats } from "./join.js";
import type { HelloMessage, NoteMessage } from "./messages.js";

/** How a run stands. */
export interface ClusterStatus {
  readonly run: string;
  /** Workers that said within a moment that they are there. */
  readonly workers: readonly {
    readonly worker: string;
    readonly threads: number;
    /** Tasks that it has answered. */
    readonly done: number;
  }[];
  /** Tasks that wait, that are being computed, and that were given out again, as the server counts. */
  readonly queue: {
    readonly waiting: number;
    readonly computing: number;
    readonly again: number;
  };
  /** What the coordinator says, where there is one. */
  readonly coordinator: ClusterStats | undefined;
}

/** Milliseconds that an answer may take. */
const MOMENT = 700;

/** @throws InvalidInputError, SimdreamError */
export async function status(
  connection: NatsConnection,
  options: ClusterOptions,
): Promise<ClusterStatus> {
  const channel = await Channel.open(connection, options, false);
  const workers = new Map<string, HelloMessage>();
  let coordinator: ClusterStats | undefined;
  const heard = [
    channel.listen(channel.subject("workers", "*"), (value) => {
      const hello = value as HelloMessage;
      if (!hello.leaving) workers.set(hello.worker, hello);
    }),
    channel.listen(channel.subject("stats"), (value) => {
      coordinator = value as ClusterStats;
    }),
  ];
  const roll: NoteMessage = { roll: true };
  await channel.note(channel.subject("notes"), roll);
  const queue = await channel.queue();
  await new Promise((resolve) => setTimeout(resolve, MOMENT));
  for (const one of heard) one.unsubscribe();
  const present = [...workers.values()].map(({ worker, threads, done }) => {
    return { worker, threads, done };
  });
  return { run: channel.run, workers: present, queue, coordinator };
}
