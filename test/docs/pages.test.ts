// Every snippet of the pages that users read, run as somebody pastes it: against the packed package, in the
// order of the page, so that a file which one snippet makes is there for the next.

import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { execute } from "../cli/command-line.js";
import { Unavailable } from "../runtimes/lib/platform.js";
import { type Block, blocksOf, commandsOf, pages, root } from "./blocks.js";
import { elsewhere } from "./elsewhere.js";
import { give, givePictures, giveWeights, models } from "./given.js";
import { has, makeProject, type Project } from "./project.js";
import { type Place, runCommand, runProgram, shell, succeeded } from "./running.js";
import { shorterCommand, shorterProgram } from "./shorter.js";

let project: Project;
beforeAll(async () => {
  project = await makeProject();
});
afterAll(() => project?.remove());

const chinese = "README.zh-CN.md";
const readmes = ["README.md", chinese];
/** Whether a line of the code is this; of one that is not of the command line, a part is enough. */
const shows = (code: string, what: string): boolean =>
  what.startsWith("npx simdream") ? code.split("\n").includes(what) : code.includes(what);
const listed = (page: string, text: string): boolean =>
  elsewhere.some((entry) => entry.page === page && shows(text, entry.what));

/** Code of the Chinese page that the English one has to the letter is run there. */
function alreadyRun({ page, code }: Block): boolean {
  return page === chinese && blocksOf("README.md").some((block) => block.code === code);
}

for (const page of pages) {
  const blocks = blocksOf(page).filter(({ language }) => language !== "");
  const told = blocks.filter(({ code, language }) => language === "sh" || !listed(page, code));
  if (told.length === 0) continue;
  describe(page, () => {
    let place: Place;
    beforeAll(async () => {
      place = { project, folder: join(project.folder, page.replaceAll("/", "-")) };
      give(place.folder);
      if (blocks.some(({ code }) => /ImageSet|(pictures|photos)\//.test(code))) {
        await givePictures(place.folder);
      }
      // A README's own snippets make its models.
      if (readmes.includes(page) || !blocks.some(({ code }) => /\w\.safetensors/.test(code)))
        return;
      for (const command of models) succeeded(await shell(shorterCommand(command), place));
      giveWeights(place.folder);
    });
    for (const block of blocks) if (!alreadyRun(block)) perform(block, () => place);
  });
}

/** One test for each command and each program. */
function perform(block: Block, place: () => Place): void {
  const { page, language, code, line } = block;
  const first = code.split("\n").find((text) => text !== "" && !text.startsWith("import "));
  if (language === "sh") {
    for (const command of commandsOf(block)) {
      if (listed(page, command)) continue;
      const script = ownScript(page, command);
      const program = /^(?:\w+=\S+ )*(\w+)/.exec(command)![1];
      if (script) it(`line ${line}: ${command}`, script);
      else if (has[program as keyof typeof has] === false) it.skip(`${command}: not installed`);
      else it(`line ${line}: ${command}`, () => runCommand(command, place()));
    }
  } else if (!listed(page, code)) {
    const run = { js: runProgram, ts: runTypes }[language];
    it(`line ${line}: ${first}`, async (test) => {
      expect(run, `${page} line ${line}: nothing runs ${language}`).toBeDefined();
      try {
        await run!(block, place());
      } catch (error) {
        if (error instanceof Unavailable) return test.skip(error.message);
        throw error;
      }
    });
  }
}

/** A command of the project's own that would take minutes: what it names must be there. */
function ownScript(page: string, command: string): (() => void) | undefined {
  const words = command.split(/\s+/);
  const folder = page.startsWith("examples/") ? dirname(page) : "";
  if (words[0] === "npm") {
    return () => {
      const own = JSON.parse(readFileSync(join(root, folder, "package.json"), "utf8"));
      const script = words[1] === "run" ? words[2] : words[1];
      if (script !== "install") expect(own.scripts).toHaveProperty([script]);
      for (const file of words.filter((word) => word.includes("/"))) exists(file);
    };
  }
  return words[0] === "node" ? () => exists(words[1]) : undefined;
}

function exists(file: string): void {
  const found = existsSync(join(root, file)) || file.includes("*");
  expect(found, `${file} of the project`).toBe(true);
}

/** TypeScript is checked against the packed types, made JavaScript, and run. */
async function runTypes(block: Block, place: Place): Promise<void> {
  const source = join(place.folder, `types-${block.line}`);
  mkdirSync(source);
  writeFileSync(join(source, "snippet.mts"), shorterProgram(block.code));
  const options = {
    strict: true,
    skipLibCheck: true,
    module: "nodenext",
    target: "ES2022",
    types: ["node"],
  };
  const config = { compilerOptions: { ...options, outDir: "." }, files: ["snippet.mts"] };
  writeFileSync(join(source, "tsconfig.json"), JSON.stringify(config));
  const tsc = join(root, "tools", "node_modules", "typescript", "bin", "tsc");
  const checked = await execute(process.execPath, [tsc, "-p", source], { cwd: place.folder });
  expect(checked.stdout, checked.stdout).toBe("");
  const code = readFileSync(join(source, "snippet.mjs"), "utf8");
  await runProgram({ ...block, code }, place);
}

it("says of everything that is not run where it is, and why", () => {
  for (const { page, what, why } of elsewhere) {
    const shown = blocksOf(page).filter(({ code }) => shows(code, what));
    expect(shown, `${page}: ${what}`).toHaveLength(1);
    expect(why.length).toBeGreaterThan(8);
  }
});

it("has the same code in Chinese", () => {
  const bare = (page: string) =>
    blocksOf(page).map(({ language, code }) => [language, code.replace(/ *(#|\/\/ ).*$/gm, "")]);
  expect(bare(chinese)).toEqual(bare("README.md"));
});

it("knows every page", () => {
  expect(pages).toContain("examples/cloudflare/README.md");
  expect(pages.length).toBeGreaterThan(12);
  expect(
    readdirSync(root)
      .filter((name) => name.endsWith(".md"))
      .sort(),
  ).toEqual([...pages.filter((page) => !page.includes("/")), "CHANGELOG.md"].sort());
});

it("shows wrangler's setting as the example has it", () => {
  const [setting] = blocksOf("docs/serving.md").filter(({ language }) => language === "jsonc");
  const file = readFileSync(join(root, "examples", "cloudflare", "wrangler.jsonc"), "utf8");
  expect(file).toContain(setting.code.trim());
});
