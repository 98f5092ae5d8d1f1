// The pages of pages/, bundled as they would be for a site, in a folder that can be served.

import { copyFileSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { root } from "../runtimes/lib/platform.js";

const sources = fileURLToPath(new URL("pages", import.meta.url));

/** @returns the folder, with a page for each script and the worker's script; and `remove` */
export async function buildPages(): Promise<{ folder: string; remove: () => void }> {
  const folder = mkdtempSync(join(tmpdir(), "simdream-pages-"));
  const remove = () => rmSync(folder, { recursive: true, force: true });
  const scripts = readdirSync(sources);
  await build({
    entryPoints: scripts.map((script) => join(sources, script)),
    outdir: folder,
    bundle: true,
    format: "esm",
    logLevel: "error",
    alias: {
      simdream: join(root, "dist", "index.js"),
      "simdream/insight": join(root, "dist", "insight.js"),
      "simdream/worker": join(root, "dist", "worker.js"),
    },
  });
  for (const script of scripts) {
    const html = `<!doctype html><title>page</title><body><script type="module" src="${script}"></script>\n`;
    writeFileSync(join(folder, script.replace(".js", ".html")), html);
  }
  copyFileSync(join(root, "dist", "worker-script.js"), join(folder, "worker-script.js"));
  return { folder, remove };
}
