// What loads with an import, compressed with gzip -9: bundled and minified by esbuild into one file, without
// what its code may ask for later.
import { dirname, join } from "node:path";
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

const outside = ["node:*", "fs", "path", "os", "perf_hooks", "worker_threads", "util", "crypto"];

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
    external: [...outside, ...external],
  });
  return gzipSync(outputFiles[0].contents, { level: 9 }).length;
}

/**
 * What is downloaded on top of such an import when the code asks for a file: the chunks that it needs and the import
 * has not loaded, each compressed as above. A bundler drops what only other classes ask for, so only `wanted` is there.
 *
 * @param contents the source of a page's module
 * @param resolveDir where its imports are looked for
 * @param wanted the file, as the sources of `metafile` name it
 * @returns bytes
 */
export async function addedSize(contents, resolveDir, wanted) {
  const others = {
    name: "others",
    setup: ({ onResolve }) =>
      onResolve({ filter: /\.js$/ }, ({ path, kind, importer }) =>
        kind === "dynamic-import" &&
        (/networks\.ts$/.test(importer) ||
          /(adversary|-(engine|words|encoder|dit|clips|training))\.js$/.test(path)) &&
        join(dirname(importer), path) !== join(resolveDir, wanted).replace(/\.ts$/, ".js")
          ? { path, external: true }
          : null,
      ),
  };
  const { metafile, outputFiles } = await build({
    stdin: { contents, resolveDir },
    bundle: true,
    splitting: true,
    minify: true,
    write: false,
    outdir: "out",
    metafile: true,
    format: "esm",
    platform: "browser",
    logLevel: "silent",
    absWorkingDir: resolveDir,
    plugins: [others],
    external: outside,
  });
  const { outputs } = metafile;
  const loaded = (name, found = new Set()) => {
    if (found.has(name)) return found;
    found.add(name);
    for (const { kind, path } of outputs[name].imports) {
      if (kind === "import-statement" && outputs[path]) loaded(path, found);
    }
    return found;
  };
  const named = (entry) => Object.keys(outputs).find((name) => outputs[name].entryPoint === entry);
  const before = loaded(named("<stdin>"));
  const added = Array.from(loaded(named(wanted))).filter((name) => !before.has(name));
  const sizeOf = (name) => {
    const { contents: bytes } = outputFiles.find(({ path }) => path === join(resolveDir, name));
    return gzipSync(bytes, { level: 9 }).length;
  };
  return added.reduce((all, name) => all + sizeOf(name), 0);
}
