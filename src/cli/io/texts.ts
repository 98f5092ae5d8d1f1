// A corpus as nothing but texts, for what does not care for labels.

import { type Corpus, textsIn } from "../../models/language/corpora.js";

/** The texts of a corpus. */
export function textsOf(corpus: Corpus): readonly string[] {
  if (typeof corpus === "string") return [corpus];
  return corpus.flatMap((one, i) => textsIn(`corpus[${i}]`, one));
}
