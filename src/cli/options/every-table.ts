// What scripts/option-tables.mjs makes docs/options.md of; no part of the program.

export { flag } from "../errors.js";
export { kinds } from "../kinds/kinds.js";
export { generationTable } from "./generate-options.js";
export { commandLineName, defaultOf, differing, namesIn, negated, turnsOff } from "./tables.js";
export { roundTable, trainingTable } from "./training-help.js";
