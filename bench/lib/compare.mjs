// Rows in which several peers do the same job. Each peer has one process for the whole group of rows;
// within a row its samples are taken in turn with the others' (A B C A B C …).

import { Child } from "./child.mjs";
import { median, pairedRatio } from "./stats.mjs";

/** One group of rows: the processes of its peers, started when first needed. */
export class Group {
  #context;
  #children = new Map();
  #refused = new Map();

  constructor(context) {
    this.#context = context;
  }

  /** Versions that the peers gave of themselves. */
  versions = {};

  /**
   * Measures one row: `{ name, unit, work, contenders }`. `work` is what one repeat
   * does, in the unit's own measure. A contender is `{ name, peer, job }`, with `parallel` where it uses
   * more than one thread (its CPU time says nothing), and `skip` where it is left out, and why.
   * All are compared with the first, unless `alone`. `finish` completes the row before it is shown.
   */
  async row({ name, unit, work, contenders, alone = false, finish }) {
    const { settings, clock, log } = this.#context;
    const running = [];
    const results = [];
    for (const { name: label, peer, job, skip, work: own, parallel } of contenders) {
      const result = { peer: label, ...(parallel ? { parallel } : {}) };
      results.push(result);
      try {
        if (skip) throw new Error(skip);
        if (this.#context.late()) throw new Error("left out: the time of --quick is over");
        const child = await this.#child(peer);
        const id = label;
        const command = { op: "prepare", id, job, ...settings.times };
        const { units, repeats, seconds } = await child.ask(command, settings.patience);
        const slow = repeats * seconds * settings.rounds > settings.rowSeconds;
        const rounds = slow
          ? Math.max(1, Math.floor(settings.rowSeconds / seconds / repeats))
          : settings.rounds;
        running.push({ result, child, id, rounds, units: own ?? units ?? work, wall: [], cpu: [] });
      } catch (error) {
        result.skipped = error.message;
      }
    }
    for (let round = 0; round < settings.rounds; round++) {
      for (const one of running) {
        if (round >= one.rounds || one.result.skipped) continue;
        if (round > 0 && this.#context.late()) continue;
        try {
          const sample = await one.child.ask({ op: "measure", id: one.id }, settings.patience);
          one.wall.push(one.units / sample.seconds);
          one.cpu.push(one.units / sample.cpu);
        } catch (error) {
          one.result.skipped = error.message;
        }
      }
    }
    for (const { result, child, id, wall, cpu } of running) {
      if (child.alive) await child.ask({ op: "release", id }, settings.patience).catch(() => {});
      if (wall.length === 0) result.skipped ??= "gave no sample";
      if (result.skipped) continue;
      Object.assign(result, {
        value: median(clock === "cpu" && !result.parallel ? cpu : wall),
        wall: median(wall),
        cpu: median(cpu),
        samples: { wall, cpu },
      });
    }
    if (!alone) compareWithFirst(results, clock);
    const row = { name, unit, results };
    finish?.(row);
    log(row);
    return row;
  }

  async end() {
    for (const child of this.#children.values()) await child.end();
    this.#children.clear();
  }

  async #child(peer) {
    if (this.#refused.has(peer)) throw new Error(this.#refused.get(peer));
    const { commands, settings } = this.#context;
    let child = this.#children.get(peer);
    if (child?.alive) return child;
    try {
      child = await Child.start(commands[peer], settings.patience);
    } catch (error) {
      this.#refused.set(peer, error.message);
      throw error;
    }
    this.#children.set(peer, child);
    if (child.version) this.versions[peer] = child.version;
    return child;
  }
}

/** Adds to each result how many times as fast the first is. */
function compareWithFirst([first, ...others], clock) {
  for (const other of others) {
    if (!first.samples || !other.samples) continue;
    other.ratio = ratioOf(first, other, clock);
    other.ratioByWall = ratioOf(first, other, "wall");
  }
}

/** How many times as fast one result is as another; by wall time where either is parallel. */
export function ratioOf(above, below, clock) {
  const by = above.parallel || below.parallel ? "wall" : clock;
  return pairedRatio(above.samples[by], below.samples[by]);
}
