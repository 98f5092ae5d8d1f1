// What reads grids, imported where grids are looked into.

export { featuresOf, learnedBy } from "../models/grids/engine.js";
export { GridPath } from "../models/grids/path.js";
export { batchOf } from "../models/grids/windows.js";
