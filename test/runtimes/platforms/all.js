// All platforms, in the order of the table. Each has a `name`, whether it has `workers`, and `run`, which
// runs the suite there and gives version, engine, number of workers started, and hashes.

import { inBrowsers } from "./browsers.js";
import { consoles } from "./consoles.js";
import { edge } from "./edge.js";

export const platforms = [...consoles, ...edge, ...inBrowsers];
