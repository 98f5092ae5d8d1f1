// Installs the packages that carry the runtimes, where they are not there yet.

import { install } from "../../../scripts/prepare.mjs";

/** @returns why it could not be done, or undefined; each platform then finds its own package missing */
export function installRuntimes() {
  return install("test/runtimes", { required: false })
    ? undefined
    : "the runtimes cannot be installed";
}
