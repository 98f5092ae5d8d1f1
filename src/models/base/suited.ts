// What suits data of some size, where a family of models has a table of it.

/** Validations without a better one after which a run of the default length stops. */
export const PATIENCE = 3;
/** Fewer passes than this leave nothing to forget: no dropout. */
const FEW_PASSES = 5;

/** Steps of a run by default, as far as that is 10 to 100 passes. */
const STEPS = 2000;

/** Passes over data of so many batches, by default. */
export function passesFor(batches: number): number {
  return Math.max(10, Math.min(100, Math.round(STEPS / batches)));
}

/** The row for data of this size: the first that is for larger ones; each is for fewer than `below`. */
export function rowFor<Row extends { readonly below: number }>(
  rows: readonly Row[],
  size: number,
): Row {
  return rows.find(({ below }) => size < below) ?? rows[rows.length - 1];
}

/** What differs where a network sees its data only so often: for few passes, no dropout. */
export function suitedToPasses(passes: number = Infinity): { readonly dropout?: number } {
  return passes < FEW_PASSES ? { dropout: 0 } : {};
}
