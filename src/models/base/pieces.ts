// Long work in pieces: a generator yields between two of them and returns the result. Run at once where
// the caller waits, or with the event loop's turns between.

/** Work that yields between its pieces. */
export type Pieces<Result> = Generator<void, Result, void>;

/** All of it, at once. */
export function atOnce<Result>(work: Pieces<Result>): Result {
  for (;;) {
    const { done, value } = work.next();
    if (done) return value;
  }
}

/** All of it, awaiting `breathe` between the pieces. */
export async function inTurns<Result>(
  work: Pieces<Result>,
  breathe: () => Promise<void>,
): Promise<Result> {
  for (;;) {
    const { done, value } = work.next();
    if (done) return value;
    await breathe();
  }
}
