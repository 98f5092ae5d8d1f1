// A dialogue as text. Neither kind of model remembers anything: what was said is read again every time. The
// command line's `chat` and the server's chat use the same words.

/** How much of a dialogue an encoder-decoder reads. */
export interface DialogueOptions {
  /** Turns before, each a line and its answer, that are read together with a line. */
  readonly history: number;
  /** What stands between what was said. */
  readonly joiner: string;
}

/**
 * What an encoder-decoder answers to: the last turns, but for what it cannot read, and the line.
 * @param said lines and answers in turn
 */
export function dialogueSource(
  said: readonly string[],
  line: string,
  { history, joiner }: DialogueOptions,
  reads: (text: string) => boolean,
): string {
  const before = history > 0 ? said.slice(-2 * history).filter(reads) : [];
  return [...before, line].join(joiner);
}

/** What was said, and by whom: `system` gives the scene. */
export interface Said {
  readonly role: "system" | "user" | "assistant";
  readonly text: string;
}

/** What lines of a transcript begin with. */
export interface Prefixes {
  readonly userPrefix: string;
  readonly assistantPrefix: string;
}

/** Ends a line of a transcript. */
export const LINE_END = "\n";

/** What a language model continues: a line for everything that was said, then the answer's beginning. */
export function transcript(said: readonly Said[], prefixes: Prefixes): string {
  const { userPrefix: user, assistantPrefix: assistant } = prefixes;
  const beginnings = { system: "", user, assistant };
  const lines = said.map(({ role, text }) => {
    const parts = text.split(/[\r\n]+/).map((part) => part.trim());
    return beginnings[role] + parts.filter((part) => part !== "").join(" ") + LINE_END;
  });
  return lines.join("") + assistant;
}
