// All that a training needs and a model that only samples does not: imported when it is first asked for.

export {
  checkNothingCarried,
  checkNumerics,
  checkProgress,
  recipeRun,
  restoreRun,
} from "./checkpoint.js";
export { givenOf } from "./given.js";
export { checkGuardOn } from "./guard.js";
export { checkMemory } from "./memory.js";
export {
  checkBare,
  checkCall,
  checkRecompute,
  checkShards,
  checkValidation,
  type ResolvedTraining,
} from "./options.js";
export { shardComputer } from "./parallel/on-workers.js";
export { TrainingRun } from "./run.js";
export { trainingOn } from "./suited.js";
export { weighed } from "./weights.js";
