// simdream worker, simdream cluster

import type { Command } from "commander";
import type { ClusterStats } from "../../entries/cluster.js";
import { type ClusterFlags, clusterOptions, clusterRows, connectCluster } from "../io/cluster.js";
import { addOptions, command, count, examples } from "../options/options.js";
import { Interruption } from "../run/interruption.js";
import { size, whole } from "../show/format.js";
import { messageOutput, printJson, printLine, printText } from "../show/terminal.js";

interface WorkerFlags extends ClusterFlags {
  readonly workers: number;
  readonly name?: string;
  readonly json?: boolean;
  readonly quiet?: boolean;
}

/** How often a worker says how far it is, in milliseconds. */
const EVERY = 10_000;

export function workerCommand(): Command {
  const target = command("worker", "Computes for a run of train --cluster, until Ctrl-C.");
  addOptions(target, "Cluster", clusterRows);
  addOptions(target, "Worker", [
    ["--workers <n>", "threads that compute", 1, count],
    ["--name <name>", "how the run calls it (default: worker)"],
  ]);
  addOptions(target, "Output", [["--quiet", "print errors only"]]);
  examples(target, [
    "SIMDREAM_CLUSTER_TOKEN=… simdream worker --cluster nats://10.0.0.1 --workers 8",
  ]);
  return target.action(async (flags: WorkerFlags) => {
    const options = clusterOptions(flags);
    const { connection, cluster } = await connectCluster(flags);
    const interruption = new Interruption(() => {});
    const output = messageOutput(flags);
    output?.write(`waits for the run ${options.run}; Ctrl-C ends it\n`);
    let said = performance.now();
    try {
      await cluster.serveShards(connection, {
        ...options,
        workers: flags.workers,
        ...(flags.name === undefined ? {} : { name: flags.name }),
        signal: interruption.signal,
        onTask({ worker, tasks, ms, sent, received, refused }) {
          if (refused !== undefined) output?.write(`refused a shard: ${refused}\n`);
          if (tasks > 1 && performance.now() - said < EVERY) return;
          said = performance.now();
          output?.write(
            `${worker}: ${whole(tasks)} shards, the last in ${ms.toFixed(0)} ms, ` +
              `${size(sent)} sent, ${size(received)} received\n`,
          );
        },
      });
    } finally {
      interruption.end();
      await connection.close();
    }
  });
}

export function clusterCommand(): Command {
  const target = command("cluster", "Shows or removes what a server has of a run.");
  const make = (name: string, summary: string) => {
    const own = command(name, summary);
    addOptions(own, "Cluster", clusterRows);
    return own;
  };
  const show = make("status", "Shows workers, queue and coordinator of a run.");
  addOptions(show, "Output", [["--json", "print one JSON object"]]);
  show.action(async (flags: ClusterFlags & { readonly json?: boolean }) => {
    const options = clusterOptions(flags);
    const { connection, cluster } = await connectCluster(flags);
    try {
      const { run, workers, queue, coordinator } = await cluster.clusterStatus(connection, options);
      if (flags.json) return printJson({ run, workers, queue, coordinator });
      printLine(`run          ${run}`);
      printLine(
        `queue        ${whole(queue.waiting)} waiting, ${whole(queue.computing)} being computed`,
      );
      printLine(`coordinator  ${coordinator ? clusterLine(coordinator) : "none"}`);
      for (const { worker, threads, done } of workers) {
        printLine(`worker       ${worker}, ${threads} threads, ${whole(done)} shards`);
      }
    } finally {
      await connection.close();
    }
  });
  const remove = make("remove", "Removes all that the server has of a run.");
  remove.action(async (flags: ClusterFlags) => {
    const options = clusterOptions(flags);
    const { connection, cluster } = await connectCluster(flags);
    try {
      await cluster.removeRun(connection, options);
      printText(`removed ${options.run}\n`);
    } finally {
      await connection.close();
    }
  });
  target.addCommand(show);
  target.addCommand(remove);
  return target;
}

/** What happened on a cluster, in a line. */
export function clusterLine(stats: ClusterStats, seconds = 0): string {
  const { workers, tasks, own, redelivered, back, sent, received } = stats;
  const present = workers.filter((one) => one.present).length;
  const refused = workers.filter((one) => one.refused).length;
  const rate = seconds > 0 ? `, ${(tasks / seconds).toFixed(1)} shards/s` : "";
  return [
    `${present} workers${rate}`,
    `${whole(tasks)} shards, ${whole(own)} of them here`,
    `${whole(redelivered)} given out again`,
    ...(refused > 0 ? [`${refused} workers shut out, ${back} times back`] : []),
    `${size(sent)} sent, ${size(received)} received`,
  ].join("; ");
}
