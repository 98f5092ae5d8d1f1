// A page in a browser that is started for it, from a static server, to the result that it posts.

import { browsers } from "./browsers.js";
import { LIMIT } from "./platform.js";
import { Late, within } from "./processes.js";
import { serve } from "./server.js";

/**
 * A browser that shows nothing at all is started once more, which is said on standard error; what a page
 * posts, an error of its own included, is final.
 * @param name which of the browsers
 * @param folder what the server serves
 * @returns what the page posts, with the browser's version and engine
 * @throws Unavailable; or Error with what the page says of its own, or where it takes too long
 */
export async function visit(name, folder, path) {
  try {
    return await once(name, folder, path);
  } catch (error) {
    if (!(error instanceof Late)) throw error;
    process.stderr.write(`simdream: ${name}: ${error.message}; once more …\n`);
    return once(name, folder, path);
  }
}

async function once(name, folder, path) {
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
