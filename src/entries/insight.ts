// simdream/insight: why a model said what it said.

export * from "./insight-names.js";
