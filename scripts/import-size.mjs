// What a page has to fetch for an import: bundled and minified by esbuild, with what it imports at once and
// without what it may ask for later, each file compressed with gzip -9.
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

/**
 * @param contents the source of a page's module
 * @param resolveDir where its imports are looked for
 * @param external modules that are not counted
 * @returns bytes
 */
export async function importSize(contents, resolveDir, external = []) {
  const { outputFiles, metafile } = await build({
    stdin: { contents, resolveDir },
    bundle: true,
    splitting: true,
    outdir: "bundle",
    metafile: true,
    minify: true,
    write: false,
    format: "esm",
    platform: "browser",
    logLevel: "silent",
    absWorkingDir: resolveDir,
    external: [
      ...["node:*", "fs", "path", "os", "perf_hooks", "worker_threads", "util", "crypto"],
      ...external,
    ],
  });
  const { outputs } = metafile;
  const wanted = new Set([Object.keys(outputs).find((file) => outputs[file].entryPoint)]);
  for (const file of wanted)
    for (const { path, kind, external: out } of outputs[file].imports)
      if (kind === "import-statement" && !out) wanted.add(path);
  const size = (file) =>
    gzipSync(outputFiles.find(({ path }) => path === join(resolveDir, file)).contents, { level: 9 })
      .length;
  return [...wanted].reduce((bytes, file) => bytes + size(file), 0);
}
