// Networks whose features distances are measured by, trained once for a data set: kept in the user's cache, or not at
// all where nothing can be written. They can be deleted at any time.

import { mkdirSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import type { FeatureStore } from "../../entries/node.js";
import { writeWhole } from "../io/atomic.js";

export function featureStore(environment: NodeJS.ProcessEnv = process.env): FeatureStore {
  const folder = join(environment.XDG_CACHE_HOME || join(homedir(), ".cache"), "simdream");
  const path = (key: string) => join(folder, `${key}.safetensors`);
  return {
    get(key) {
      try {
        return readFileSync(path(key));
      } catch {
        return undefined;
      }
    },
    set(key, file) {
      try {
        mkdirSync(folder, { recursive: true });
        writeWhole(path(key), file);
      } catch {
        // It is trained again next time.
      }
    },
  };
}
