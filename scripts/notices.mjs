// The licences of the packages whose code is in the bundles, as dist/LICENSES.txt: their terms ask for it.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "./prepare.mjs";

const path = (...parts) => join(root, ...parts);

/**
 * Files of packages that gave bytes to a bundle.
 * @param metafile esbuild's account of a build
 */
export function usedFiles({ outputs }) {
  return Object.values(outputs).flatMap(({ inputs }) =>
    Object.keys(inputs).filter((file) => inputs[file].bytesInOutput > 0 && packageOf(file)),
  );
}

/**
 * Names, versions and licences of the packages that files are of.
 * @throws where a package has no licence that can be quoted
 */
export function notices(files) {
  const packages = [...new Set(Array.from(files, packageOf))].sort();
  const parts = packages.map((folder) => {
    const { name, version, license } = JSON.parse(
      readFileSync(path(folder, "package.json"), "utf8"),
    );
    return `${name} ${version} (${license})\n\n${licence(folder)}\n`;
  });
  const head =
    "simdream's own licence is in the file LICENSE. Its bundles contain code of these packages.\n";
  return [head, ...parts].join(`\n${"-".repeat(80)}\n\n`);
}

function licence(folder) {
  const own = readdirSync(path(folder)).find((name) => /^licen[cs]e/i.test(name));
  if (own) return readFileSync(path(folder, own), "utf8").trim();
  // Some have it at the end of what they say of themselves.
  const readme = path(folder, "README.md");
  const text = existsSync(readme) ? readFileSync(readme, "utf8") : "";
  const at = text.search(/^#+ *licen[cs]e/im);
  if (at < 0) throw new Error(`${folder} has no licence`);
  return text.slice(at).trim();
}

/** "node_modules/a/node_modules/@b/c": the folder of the innermost package. */
function packageOf(file) {
  return /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file.replaceAll("\\", "/"))?.[0];
}
