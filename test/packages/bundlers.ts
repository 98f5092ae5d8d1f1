// Bundlers with their default settings: what is typed in a project whose sources are page.js and an
// index.html.

import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { root, Unavailable } from "../runtimes/lib/platform.js";

const here = fileURLToPath(new URL(".", import.meta.url));

/** A program of a package that is installed in this folder. @throws Unavailable */
function program(name: string, file: string): string {
  try {
    const { resolve } = createRequire(join(here, "package.json"));
    return join(dirname(resolve(`${name}/package.json`)), file);
  } catch {
    throw new Unavailable(`${name} is not installed (npm ci --prefix test/packages)`);
  }
}

/** What is missing is named as the reason why a test is skipped. */
export function had<T>(test: { skip(reason: string): never }, find: () => T): T {
  try {
    return find();
  } catch (error) {
    if (error instanceof Unavailable) return test.skip(error.message);
    throw error;
  }
}

interface Bundler {
  /** The program and its arguments. */
  command(): readonly string[];
  /** The page to open. */
  readonly page: string;
}

const node = process.execPath;
const script = (src: string) =>
  `<!doctype html><title>bundled</title><script type="module" src="${src}"></script>\n`;

export const vite = (): string => program("vite", "bin/vite.js");

export const bundlers: Readonly<Record<string, Bundler>> = {
  esbuild: {
    command: () => [
      join(root, "node_modules", ".bin", "esbuild"),
      ...["page.js", "--bundle", "--outfile=out-esbuild/page.js"],
    ],
    page: "esbuild.html",
  },
  "Vite build": {
    command: () => [node, vite(), "build", "--base=./", "--outDir=out-vite"],
    page: "out-vite/index.html",
  },
  webpack: {
    command: () => [
      ...[node, program("webpack-cli", "bin/cli.js")],
      ...["--mode=production", "--entry=./page.js", "--output-path=out-webpack"],
    ],
    page: "webpack.html",
  },
  Rollup: {
    command: () => [
      ...[node, program("rollup", "dist/bin/rollup")],
      ...["page.js", "--dir=out-rollup", "--plugin=@rollup/plugin-node-resolve"],
    ],
    page: "rollup.html",
  },
};

/** The pages around bundles that come without one. */
export const pages: Readonly<Record<string, string>> = {
  "index.html": script("./page.js"),
  "esbuild.html": script("./out-esbuild/page.js"),
  "webpack.html": script("./out-webpack/main.js"),
  "rollup.html": script("./out-rollup/page.js"),
};
