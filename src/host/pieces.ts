// Long work in pieces: a generator yields between two of them and returns the result. Run at once where
// the caller waits, or with the event loop's turns between. What a piece computes never depends on where
// it was cut, nor on a clock.

/** Work that yields between its pieces. */
export type Pieces<Result> = Generator<void, Result, void>;

/** All of it, at once. */
export function atOnce<Result>(work: Generator<unknown, Result, void>): Result {
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
  try {
    for (;;) {
      const { done, value } = work.next();
      if (done) return value;
      await breathe();
    }
  } finally {
    // Ended by `breathe`, it still gives back what it holds.
    work.return(undefined as never);
  }
}

/**
 * Tokens of a prompt that are read at a time, some 3 ms' work: many prompts take turns, and the event
 * loop waits for a piece of each. By the work, not by a clock: those of some platforms stand still.
 * @param work multiplications a token
 */
export function promptPiece(work: number): number {
  return atMost(2 ** 24 / work, 1024);
}

/** Tokens that are measured at a time, all rows together: some 20 ms, and bounded memory. */
export function measurePiece(work: number): number {
  return atMost(2 ** 27 / work, 4096);
}

function atMost(tokens: number, most: number): number {
  return Math.max(1, Math.min(most, Math.floor(tokens)));
}
