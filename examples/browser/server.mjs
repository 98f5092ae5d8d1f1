// Serves this folder, or one beside it that is named (games/platformer), and the package's files under simdream/, to this
// machine only. Any other static server will do: no header is needed.

import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { extname } from "node:path";

const [folder = "browser"] = process.argv.slice(2);
const page = new URL(`../${folder}/`, import.meta.url);
const simdream = new URL(".", import.meta.resolve("simdream"));
const types = {
  ".html": "text/html",
  ".css": "text/css",
  ".js": "text/javascript",
  ".svg": "image/svg+xml",
};

const server = createServer(async ({ url }, response) => {
  // The URL class has resolved every ".." by now.
  const { pathname } = new URL(url, "http://localhost");
  const name = pathname === "/" ? "index.html" : pathname.slice(1);
  const file = name.startsWith("simdream/")
    ? new URL(`./${name.slice("simdream/".length)}`, simdream)
    : new URL(`./${name}`, page);
  try {
    const body = await readFile(file);
    const type = `${types[extname(name)] ?? "application/octet-stream"}; charset=utf-8`;
    response.writeHead(200, { "Content-Type": type }).end(body);
  } catch {
    response.writeHead(404).end("not found");
  }
});
server.listen(Number(process.env.PORT ?? 8000), "127.0.0.1", () => {
  console.log(`http://127.0.0.1:${server.address().port}/`);
});
