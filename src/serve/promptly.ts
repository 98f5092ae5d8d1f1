// Waiting for a model no longer than the request lives.

/** The same pieces; who waits for one waits no longer than until the signal. */
export async function* promptly<P>(
  pieces: AsyncGenerator<P, void, void>,
  signal: AbortSignal,
): AsyncGenerator<P, void, void> {
  let fail = (_: unknown): void => {};
  const abort = () => fail(signal.reason);
  signal.addEventListener("abort", abort, { once: true });
  try {
    for (;;) {
      signal.throwIfAborted();
      const { done, value } = await new Promise<IteratorResult<P, void>>((resolve, reject) => {
        fail = reject;
        pieces.next().then(resolve, reject);
      });
      if (done) return;
      yield value;
    }
  } finally {
    signal.removeEventListener("abort", abort);
    // Not awaited: it ends when the model has come so far.
    pieces.return().catch(() => {});
  }
}
