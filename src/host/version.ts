// The two versions that every model file has in it.

/** Version of the package. */
export { version } from "./generated/version.js";

/** Version of the arithmetic: changes whenever the same seed would give other bits. */
export const numerics = 2;
