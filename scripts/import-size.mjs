// What loads with an import, compressed with gzip -9: bundled and minified by esbuild into one file, without
// what its code may ask for later.
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

/** Files that are imported when they are needed stay outside. */
const later = {
  name: "later",
  setup: ({ onResolve }) =>
    onResolve({ filter: /.*/ }, ({ path, kind }) =>
      kind === "dynamic-import" ? { path, external: true } : null,
    ),
};

/**
 * @param contents the source of a page's module
 * @param resolveDir where its imports are looked for
 * @param external modules that are not counted
 * @returns bytes
 */
export async function importSize(contents, resolveDir, external = []) {
  const { outputFiles } = await build({
    stdin: { contents, resolveDir },
    bundle: true,
    minify: true,
    write: false,
    format: "esm",
    platform: "browser",
    logLevel: "silent",
    absWorkingDir: resolveDir,
    plugins: [later],
    external: [
      ...["node:*", "fs", "path", "os", "perf_hooks", "worker_threads", "util", "crypto"],
      ...external,
    ],
  });
  return gzipSync(outputFiles[0].contents, { level: 9 }).length;
}
