// What the options say that every model's `fit` takes.

import type { RoundOptions, TrainingOptions } from "../../entries/node.js";
import { roundRules, trainingRules } from "../../train/options.js";
import { type Help, type OptionTable, table } from "./tables.js";

const help: Help<TrainingOptions> = {
  steps: "optimizer steps of the whole run",
  weights:
    "how much each example counts in the loss, a number of 0 or more for each (on the command line a file)",
  epochs: "passes over the training data, instead of steps",
  lr: "learning rate",
  optimizer: "optimizer",
  betas: "decay of the moments (adamw, adam)",
  momentum: "momentum (sgd)",
  weightDecay: "weight decay",
  decay: "<what> what weight decay applies to: matrices, but not vectors and lookup tables; or all",
  clip: "largest norm of the gradient; 0: any",
  accumulate: "batches whose gradients make one step",
  shards: "parts of a batch, added up in order; another number gives other bits",
  rounds:
    "shards take several steps each on their own before they are brought together: `rounds.steps` and what follows it here",
  recompute:
    "compute a Transformer's activations twice instead of keeping them: much less memory, the same bits",
  ema: "<decay> end with an average of the weights of this decay; 0: no",
  emaWarmup:
    "let the average's decay grow to ema, so that a short run is not an average of its beginning",
  emaFirst: "<decay> decay of that average in the first pass over the data; 0: the same as later",
  evalEvery: "steps between validations",
  patience: "stop after so many validations without a better one; 0: never",
  guard:
    "watch whether examples are learned by heart, and then stop, or lower the rate, or raise dropout; with a validation every hundredth of the run",
  keep: "<which> weights that a run with validation ends with: its best, or its last",
  resume: "continue the unfinished run; true insists, false begins a new one",
  signal: "stops the run before its next step",
  workers: "threads that compute the shards; the result is the same",
  schedule: "how the learning rate changes",
  warmup: "steps in which the learning rate rises from 0",
  lrMin:
    "<fraction> learning rate at the end (linear, cosine), or its floor (plateau), as a fraction of lr",
  lrFactor: "what the learning rate is multiplied by each time (step, plateau)",
  lrEvery: "steps between two such changes (step)",
  lrPatience: "validations without a better one before such a change (plateau)",
};

/** The command line's --resume names a file, and it chooses how many workers help. */
export const trainingTable: OptionTable = table("Training", "fit", trainingRules, help, {
  without: ["resume", "signal", "emaWarmup"],
  own: ["workers", "guard"],
});

const roundHelp: Help<RoundOptions> = {
  steps: "<n> steps that every shard takes on its own before they are brought together",
  lr: "with --rounds: rate of the step between rounds",
  momentum: "with --rounds: Nesterov momentum of that step; 0.9 for hundreds of rounds",
  bits: "with --rounds: bits of a number of what shards have changed, 32 or 8",
};

/** The options of `rounds`. */
export const roundTable: OptionTable = table<RoundOptions, "steps">(
  "Training",
  "fit",
  roundRules,
  roundHelp,
  {
    prefix: "rounds",
    called: { steps: "rounds", lr: "roundLr", momentum: "roundMomentum", bits: "roundBits" },
  },
);
