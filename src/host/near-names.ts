// What somebody may have meant by a name that is not known: other libraries' words for it, or a slip.

/** Words for one thing, without case and separators. */
const synonyms: readonly string[] = [
  "lr learningrate",
  "batch batchsize minibatch microbatchsize",
  "epochs nepochs numepochs numtrainepochs maxepochs passes",
  "steps epochs nepochs numepochs numtrainepochs iterations iters maxsteps numsteps maxiters",
  "maxtokens tokens maxnewtokens maxoutputtokens maxlength npredict",
  "samples count n numsamples numreturnsequences",
  "hidden hiddensize hiddendim units rnnsize dmodel width nembd",
  "layers numlayers nlayers nlayer depth blocks",
  "heads nhead nheads numheads numattentionheads",
  "kvheads numkeyvalueheads nkvheads",
  "context contextlength blocksize nctx npositions maxpositionembeddings",
  "inner intermediatesize ninner ffndim dimfeedforward",
  "theta ropetheta",
  "embed embedding embeddingsize embeddingdim embedsize embeddim nembd",
  "seqlen sequencelength blocksize contextlength contextsize bptt",
  "weightdecay wd l2",
  "clip gradclip clipgrad clipnorm maxgradnorm",
  "val validation validationsplit validationfraction valsplit",
  "vocab vocabsize",
  "patience earlystopping",
  "accumulate gradientaccumulation gradientaccumulationsteps gradaccumsteps",
  "schedule scheduler lrscheduler",
  "beams beam numbeams beamwidth",
  "logprobs toplogprobs",
  "greedy dosample",
  "stop stopsequences stopstrings",
];

/** The known name that is most likely meant; undefined where none is near. */
export function nearName(name: string, known: readonly string[]): string | undefined {
  const word = plain(name);
  const said = (one: string) => known.find((other) => plain(other) === one);
  if (said(word)) return said(word);
  for (const words of synonyms) {
    const group = words.split(" ");
    const meant = group.includes(word) && group.map(said).find(Boolean);
    if (meant) return meant;
  }
  const [near] = known
    .map((other) => ({ other, changes: distance(word, plain(other)) }))
    .sort((a, b) => a.changes - b.changes);
  return near && near.changes <= Math.max(1, word.length / 3) ? near.other : undefined;
}

function plain(name: string): string {
  return name.replace(/[-_ ]/g, "").toLowerCase();
}

/** Letters to add, drop or change to come from one word to the other (Levenshtein). */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const changed = row[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1);
      next[j] = Math.min(changed, row[j] + 1, next[j - 1] + 1);
    }
    row = next;
  }
  return row[b.length];
}
