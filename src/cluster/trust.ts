// Which workers are to be believed, and for how long. An answer is a pure function of its task, so two that differ
// cannot both be right, and 32 bytes tell.
//
//   the first   A worker's first answer is used only once another worker, or this machine, has given the same.
//   some        A fraction of all tasks, chosen by a hash that no worker can know, is given to another worker too.
//   the last    Every 50 steps or rounds, and before a run ends, the last answer of each worker is compared in the same way.
//
// What agrees vouches for all that its worker has given before, in the order in which it came: a task that was given out
// long ago may be answered last. What differs is computed by this machine: whoever
// differs from that is shut out, and if any of its answers was used since it last agreed, the run goes back to the last
// state that all agreed upon. So a worker that lies from some moment on is found out before the run ends, whatever the
// fraction; one that lies now and then is found out at a rate that the fraction sets. Two workers that tell the same lie
// on the same task, and are asked to check each other, are not found out.

/** What is known of a worker. */
export interface Trusted<Task> {
  readonly worker: string;
  threads: number;
  /** When it was last heard of, in milliseconds. */
  seen: number;
  /** Tasks whose answers were taken. */
  tasks: number;
  /** How long it computed for them together, in milliseconds. */
  ms: number;
  /** Whether one of its answers has ever been confirmed. */
  agreed: boolean;
  /** The place of the last answer up to which all of its are believed. */
  good: number;
  /** The task of its last answer that was used and has not been confirmed, and the answer's place. */
  open: Task | undefined;
  place: number;
  refused: boolean;
}

/** What is known of all workers. */
export class Trust<Task> {
  readonly #known = new Map<string, Trusted<Task>>();
  readonly #closed: (task: Task) => void;
  /** Whether an answer that was used was a lie. */
  broken = false;

  /** @param closed called with every task that was open and is not any more */
  constructor(closed: (task: Task) => void) {
    this.#closed = closed;
  }

  /** What is known of a worker; a stranger becomes known. */
  of(worker: string, now: number): Trusted<Task> {
    const known = this.#known.get(worker) ?? {
      ...{ worker, threads: 1, seen: now, tasks: 0, ms: 0 },
      ...{ agreed: false, good: -1, open: undefined, place: -1, refused: false },
    };
    known.seen = now;
    this.#known.set(worker, known);
    return known;
  }

  all(): Trusted<Task>[] {
    return [...this.#known.values()];
  }

  /** Those that were heard of since then. */
  present(since: number): Trusted<Task>[] {
    return this.all().filter(({ seen, refused }) => !refused && seen >= since);
  }

  /** Those with an answer that was used and has not been confirmed. */
  open(): (Trusted<Task> & { open: Task })[] {
    return this.all().filter((one): one is Trusted<Task> & { open: Task } => {
      return one.open !== undefined;
    });
  }

  /**
   * An answer was used.
   * @param place of the answer, in the order in which all came
   * @returns whether it is open: not confirmed, and its worker's last
   */
  used(worker: Trusted<Task>, task: Task, place: number): boolean {
    worker.tasks++;
    if (place <= Math.max(worker.good, worker.open === undefined ? -1 : worker.place)) return false;
    this.#open(worker, task);
    worker.place = place;
    return true;
  }

  /** An answer was confirmed, and with it all that came from its worker before. */
  confirm(worker: Trusted<Task>, place: number): void {
    worker.agreed = true;
    worker.good = Math.max(worker.good, place);
    if (worker.open !== undefined && worker.place <= place) this.#open(worker, undefined);
  }

  /** A worker lied. */
  refuse(worker: Trusted<Task>): void {
    worker.refused = true;
    if (worker.open !== undefined) this.broken = true;
    this.#open(worker, undefined);
  }

  /** The run has gone back to where all agreed: what came later is of no matter. */
  forget(): void {
    for (const worker of this.all()) this.#open(worker, undefined);
    this.broken = false;
  }

  #open(worker: Trusted<Task>, task: Task | undefined): void {
    const before = worker.open;
    worker.open = task;
    if (before !== undefined) this.#closed(before);
  }

  /** Forgets who has gone and has nothing open. */
  tidy(since: number): void {
    for (const { worker, seen, open, refused } of this.all()) {
      if (seen < since && open === undefined && !refused) this.#known.delete(worker);
    }
  }
}
