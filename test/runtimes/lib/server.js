// A static server for pages, as plain as they come. What a page has to tell, it posts.

import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";

const types = {
  ".html": "text/html; charset=utf-8",
  ".css": "text/css",
  ".js": "text/javascript",
  ".json": "application/json",
  ".svg": "image/svg+xml",
  ".wasm": "application/wasm",
  ".safetensors": "application/octet-stream",
};

/**
 * @param headers sent with every file
 * @returns the address, `posted()`, a promise of the next JSON that is posted to /result, and `close`
 */
export async function serve(folder, headers = {}) {
  let settle;
  const server = createServer(async (request, response) => {
    const path = normalize(decodeURIComponent(new URL(request.url, "http://127.0.0.1").pathname));
    if (request.method === "POST" && path === "/result") {
      const parts = [];
      for await (const part of request) parts.push(part);
      settle?.(JSON.parse(Buffer.concat(parts).toString("utf8")));
      return response.writeHead(204).end();
    }
    try {
      const bytes = await readFile(join(folder, path));
      response.writeHead(200, { "Content-Type": types[extname(path)], ...headers }).end(bytes);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = `http://127.0.0.1:${server.address().port}`;
  const posted = () =>
    new Promise((resolve) => {
      settle = resolve;
    });
  const close = () =>
    new Promise((resolve) => {
      server.close(resolve);
      server.closeAllConnections();
    });
  return { address, posted, close };
}
