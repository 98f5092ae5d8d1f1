// What suits data of some size where nothing is said. Little data are learnt by heart by a large network: it is
// small then, with much dropout, and sees them often; of many data, a few passes are enough. The numbers were
// found by experiments (docs/settings.md). They depend on the data alone, so that they are the same everywhere.

/** Validations without a better one after which a run of the default length stops. */
export const PATIENCE = 3;
/** Fewer passes than this leave nothing to forget: no dropout. */
const FEW_PASSES = 5;

/** What suits data of fewer characters, or tokens, than `below`. */
interface Row {
  readonly below: number;
  readonly hidden: number;
  readonly dropout: number;
  readonly steps: number;
  readonly batch: number;
  readonly seqLen: number;
}

const rows: readonly Row[] = [
  { below: 5_000, hidden: 64, dropout: 0.5, steps: 600, batch: 16, seqLen: 32 },
  { below: 20_000, hidden: 128, dropout: 0.5, steps: 1000, batch: 32, seqLen: 32 },
  { below: 50_000, hidden: 128, dropout: 0.3, steps: 1500, batch: 32, seqLen: 32 },
  { below: 200_000, hidden: 256, dropout: 0.3, steps: 2000, batch: 32, seqLen: 64 },
  { below: Infinity, hidden: 256, dropout: 0, steps: 3000, batch: 32, seqLen: 64 },
];

function rowFor(size: number): Row {
  return rows.find(({ below }) => size < below) ?? rows[rows.length - 1];
}

/**
 * The network for so many characters.
 * @param passes how often it will see them, where that is known
 */
export function suitedNetwork(
  characters: number,
  passes: number = Infinity,
): { readonly hidden: number; readonly dropout: number } {
  const { hidden, dropout } = rowFor(characters);
  return { hidden, dropout: passes < FEW_PASSES ? 0 : dropout };
}

/** The run on so many tokens: steps, each of a batch of rows of `seqLen` tokens where the data are one text. */
export function suitedRun(tokens: number): Pick<Row, "steps" | "batch" | "seqLen"> {
  const { steps, batch, seqLen } = rowFor(tokens);
  return { steps, batch, seqLen };
}
