// Logs as curves: the training loss, smoothed and thinned out so that a long run is a small picture, and the
// validation loss as it is.

import type { Log } from "../io/read-log.js";

/** A step and a loss. */
export interface Point {
  readonly step: number;
  readonly loss: number;
}

/** What is drawn of a log. */
export interface Curves {
  readonly name: string;
  /** Means of a few steps each. */
  readonly training: readonly Point[];
  /** The training loss, smoothed over a fiftieth of the run. */
  readonly smooth: readonly Point[];
  readonly validation: readonly Point[];
  /** The best validation. */
  readonly best: Point | undefined;
}

/** Points of a curve, at most. */
const POINTS = 800;
/** The fraction of a run that the loss is smoothed over. */
const WINDOW = 1 / 50;

export function curvesOf({ steps }: Log, name: string): Curves {
  const keep = 1 - 1 / Math.max(1, WINDOW * steps.length);
  let sum = 0;
  let weight = 0;
  const smooth = steps.map(({ step, loss }) => {
    sum = keep * sum + (1 - keep) * loss;
    weight = keep * weight + (1 - keep);
    return { step, loss: sum / weight };
  });
  const validation = steps.flatMap(({ step, validation: loss }) =>
    loss === undefined ? [] : [{ step, loss }],
  );
  const best = validation.reduce<Point | undefined>(
    (least, one) => (least === undefined || one.loss < least.loss ? one : least),
    undefined,
  );
  return { name, training: thinned(steps, mean), smooth: thinned(smooth, last), validation, best };
}

/** A point for each of at most POINTS equal groups. */
function thinned(
  points: readonly Point[],
  join: (group: readonly Point[]) => Point,
): readonly Point[] {
  const size = Math.ceil(points.length / POINTS);
  if (size === 1) return points;
  return Array.from({ length: Math.ceil(points.length / size) }, (_, i) =>
    join(points.slice(i * size, (i + 1) * size)),
  );
}

function mean(group: readonly Point[]): Point {
  const loss = group.reduce((sum, one) => sum + one.loss, 0) / group.length;
  return { step: group[Math.floor(group.length / 2)].step, loss };
}

function last(group: readonly Point[]): Point {
  return group[group.length - 1];
}
