import type { Parameters } from "../nn/parameters.js";
import type { RunProgress } from "./progress.js";
import type { ShardMemory } from "./rounds/task.js";

/** What besides the numbers makes a state of a run. */
export interface SnapshotNote {
  readonly progress: RunProgress;
  /** The best weights, and the carried states: replaced, never changed in place. */
  readonly best: Float32Array | undefined;
  readonly carried: readonly Float32Array[];
  /** With rounds, what the shards have kept: replaced, too. */
  readonly shards: readonly ShardMemory[];
}

/** A copy, outside the machine's memory, of regions that may have to be put back. */
export class Snapshot {
  readonly #parameters: Parameters;
  readonly #regions: readonly number[];
  readonly #copies: Float32Array[];
  #note: SnapshotNote | undefined;

  constructor(parameters: Parameters, regions: readonly number[]) {
    this.#parameters = parameters;
    this.#regions = regions;
    this.#copies = regions.map(() => new Float32Array(parameters.length));
  }

  take(note: SnapshotNote): void {
    for (const [i, region] of this.#regions.entries()) {
      this.#copies[i].set(this.#parameters.all(region));
    }
    this.#note = note;
  }

  /** What was noted of the state that is kept. */
  get note(): SnapshotNote {
    return this.#note!;
  }

  restore(): SnapshotNote {
    for (const [i, region] of this.#regions.entries()) {
      this.#parameters.all(region).set(this.#copies[i]);
    }
    this.#parameters.changed();
    return this.note;
  }

  /** Runs `work` on the state that was kept, and puts the present one back. */
  within<T>(work: () => T): T {
    this.#exchange();
    try {
      return work();
    } finally {
      this.#exchange();
    }
  }

  #exchange(): void {
    for (const [i, region] of this.#regions.entries()) {
      const present = this.#parameters.all(region).slice();
      this.#parameters.all(region).set(this.#copies[i]);
      this.#copies[i] = present;
    }
    this.#parameters.changed();
  }
}
