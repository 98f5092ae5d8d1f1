// The same beside the entries of edge platforms, whose code it shares.

export * from "./insight-names.js";
