// The three browsers, each in a page and in a Web Worker: the plain package from a static server.

import { browsers } from "../lib/browsers.js";
import { LIMIT } from "../lib/platform.js";
import { within } from "../lib/processes.js";
import { serve } from "../lib/server.js";

/** What a page posts, opened in a browser that is started for it. */
export async function visit(name, folder, path) {
  const browser = await browsers[name]();
  const server = await serve(folder);
  try {
    const posted = server.posted();
    await browser.open(server.address + path);
    const result = await within(LIMIT, posted);
    if (result.error) throw new Error(result.error);
    return { version: browser.version, engine: browser.engine, ...result };
  } finally {
    await browser.close();
    await server.close();
  }
}

const inBrowser = (browser, where) => ({
  name: `${browser} ${where}`,
  workers: true,
  run: ({ folder }) => visit(browser, folder, `/programs/${where}.html`),
});

export const inBrowsers = Object.keys(browsers).flatMap((browser) => [
  inBrowser(browser, "page"),
  inBrowser(browser, "worker"),
]);
