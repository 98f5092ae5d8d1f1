// The three browsers, each in a page and in a Web Worker: the plain package from a static server.

import { browsers } from "../lib/browsers.js";
import { visit } from "../lib/visit.js";

const inBrowser = (browser, where) => ({
  name: `${browser} ${where}`,
  // See src/host/workers.ts for Firefox's workers of workers.
  workers: browser !== "Firefox" || where === "page",
  run: ({ folder }) => visit(browser, folder, `/programs/${where}.html`),
});

export const inBrowsers = Object.keys(browsers).flatMap((browser) => [
  inBrowser(browser, "page"),
  inBrowser(browser, "worker"),
]);
