// Links from page to page: the file is there, and so is the heading.

import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, it } from "vitest";
import { pages, root } from "./blocks.js";

/** What the package does not have is linked to where the project is. */
const home = "https://github.com/simdream/simdream/blob/main/";

/** Where a page's links lead, those in its code left out. */
function targetsOf(page: string): string[] {
  const text = readFileSync(join(root, page), "utf8").replace(/^```[\s\S]*?^```$/gm, "");
  return Array.from(text.matchAll(/\]\(([^)\s]+)\)/g), ([, target]) => target);
}

it.each(pages)("%s", (page) => {
  for (const target of targetsOf(page)) {
    const [path, heading] = target.replace(home, "/").split("#");
    if (path.startsWith("http")) continue;
    const from = path.startsWith("/") ? root : join(root, dirname(page));
    const file = path === "" ? join(root, page) : join(from, path);
    expect(existsSync(file), target).toBe(true);
    if (heading) expect(headingsOf(file), target).toContain(heading);
  }
});

/** The anchors of a page, as its host names them. */
function headingsOf(file: string): string[] {
  const headings = readFileSync(file, "utf8").matchAll(/^#+ (.*)$/gm);
  return Array.from(headings, ([, title]) =>
    title
      .toLowerCase()
      .replace(/[^\p{L}\p{N} -]/gu, "")
      .replaceAll(" ", "-"),
  );
}

it.each(pages.filter((page) => !/^(examples|CONTRIBUTING)/.test(page)))(
  "%s: what the package leaves out is named with its address",
  (page) => {
    const { files } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
    const packed = ["README.md", "LICENSE", ...files];
    for (const target of targetsOf(page)) {
      const [path] = target.split("#");
      if (path === "" || path.startsWith("http")) continue;
      const [first] = join(dirname(page), path).split("/");
      expect(packed, target).toContain(first);
    }
  },
);
