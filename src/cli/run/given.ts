// What a user asked `train` for, as the file's record keeps it: so that the same can be asked of other data.

import { clusterNames } from "../io/cluster.js";
import type { AnyModel } from "../kinds/model.js";
import { pick } from "../options/options.js";
import type { Task } from "../options/task.js";

/** Options that are no part of what is trained. */
const apart: readonly string[] = [
  ...["out", "resume", "from", "log", "json", "quiet", "workers"],
  ...["checkpointEvery", "keepState", "previewEvery", ...clusterNames],
];

/** Files besides those that are learned: their names are nobody's business, only that there were some. */
export const givenFiles: readonly string[] = [
  ...["valFile", "labels", "captions", "reflow", "like", "squeezenet", "weights"],
];

/** Notes in a model what its run was asked for; what is said of a run that is resumed adds to what was said before. */
export function noteGiven(model: Pick<AnyModel, "said" | "run">, { flags, explicit }: Task): void {
  const names = [...explicit].filter((name) => !apart.includes(name));
  const said = Object.entries(pick(flags, names)).map(([name, value]) => [
    name,
    givenFiles.includes(name) ? true : value,
  ]);
  const before = flags.resume === undefined ? {} : model.run?.given?.train;
  model.said({ train: { ...before, ...Object.fromEntries(said) } });
}
