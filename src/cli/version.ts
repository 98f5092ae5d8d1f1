declare const SIMDREAM_VERSION: string;

/** Version of the package; the build puts it in. */
export const version: string = SIMDREAM_VERSION;
