// The fenced blocks of the pages that users read.

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../runtimes/lib/platform.js";

export { root };

/** A fenced block of a page. */
export interface Block {
  readonly page: string;
  /** Line of the page that the code begins on, from 1. */
  readonly line: number;
  /** What stands after the fence; "" where nothing does. */
  readonly language: string;
  readonly code: string;
}

/** All pages with code that somebody may paste, README.md first. */
export const pages: readonly string[] = [
  ...["README.md", "README.zh-CN.md", "CONTRIBUTING.md"],
  ...found("docs"),
  ...found("examples"),
];

function found(folder: string): string[] {
  const all = readdirSync(join(root, folder), { recursive: true, encoding: "utf8" });
  const own = all.filter((name) => name.endsWith(".md") && !name.includes("node_modules"));
  return own.sort().map((name) => `${folder}/${name}`);
}

/** A page's blocks, in their order. */
export function blocksOf(page: string): Block[] {
  const text = readFileSync(join(root, page), "utf8");
  const blocks = text.matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm);
  return Array.from(blocks, ({ 1: language, 2: code, index }) => {
    return { page, line: text.slice(0, index).split("\n").length + 1, language, code };
  });
}

/** The commands of a block for a shell, without comments; a line that ends with \ goes with the next. */
export function commandsOf({ code }: Block): string[] {
  const lines = code.replace(/\\\n/g, " ").split("\n");
  return lines.map((line) => line.replace(/(^|\s)#.*$/, "").trim()).filter((line) => line !== "");
}
