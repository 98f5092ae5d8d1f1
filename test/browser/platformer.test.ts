// The platformer of examples/games in browsers: played in Chromium, and in all three the same level.

import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { firstPlace, makeLevel } from "../../examples/games/platformer/levels.js";
import { platformerPath } from "../../src/entries/game.js";
import { GridModel } from "../../src/entries/node.js";
import { browsers } from "../runtimes/lib/browsers.js";
import { root, Unavailable } from "../runtimes/lib/platform.js";
import { serve } from "../runtimes/lib/server.js";
import { LIMIT } from "./chromium.js";
import { examplePage } from "./example-page.js";

const POLICY = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'";
const folder = join(root, "examples", "games", "platformer");
/** The page's own policy is no looser than this one, which adds only the fingerprint of its import map. */
const own = /'sha256-[^']+'/.exec(readFileSync(join(folder, "index.html"), "utf8"))![0];
const page = examplePage("index.html", "games/platformer", {
  "Content-Security-Policy": `${POLICY} ${own}`,
});
const { complaints, press, run, until } = page;
const state = "document.body.dataset.state";
const key = (code: string, type = "keydown") =>
  run(
    `document.body.dispatchEvent(new KeyboardEvent("${type}", { code: "${code}", bubbles: true }))`,
  );
const hidden = (id: string) =>
  run(`getComputedStyle(document.getElementById("${id}")).display === "none"`);

it(
  "the platformer starts, plays, pauses, is quiet, shares its level and shows it again",
  async (test) => {
    await page.open(test, `${state} === "title"`);
    for (const width of [390, 1280]) expect(await page.widthAt(width)).toBe(width);
    // The program presses keys behind the title.
    await until(`document.querySelector("[data-shows='2'].shown")`);
    await key("Enter");
    await until(`${state} === "play"`);
    await key("ArrowRight");
    await key("KeyP");
    expect(await run(state)).toBe("paused");
    expect(await hidden("menu")).toBe(false);
    await press("play");
    expect(await run(state)).toBe("play");
    expect(await hidden("menu")).toBe(true);
    await run(`Object.defineProperty(document, "hidden", { value: true });
    document.dispatchEvent(new Event("visibilitychange"))`);
    expect(await run(state)).toBe("paused");
    await key("KeyR");
    expect(await run(state)).toBe("play");
    await press("sound");
    expect(await run(`document.getElementById("sound").getAttribute("aria-pressed")`)).toBe(
      "false",
    );
    expect(complaints).toEqual([]);

    // A level by its link, which is the address from then on.
    const { link, seed } = (await run(`(async () => {
    const { openLevels } = await import("./supply.js");
    const { firstPlace } = await import("./levels.js");
    const { link, place } = await openLevels("./levels.safetensors").next(firstPlace(7));
    return { link, seed: place.seed };
  })()`)) as { link: string; seed: number };
    expect(seed).toBe(7);
    await page.visit(`?watch&level=${link}`);
    await until(`${state} === "play"`);
    expect(await run(`document.getElementById("sound").getAttribute("aria-pressed")`)).toBe(
      "false",
    );
    expect(await run("new URLSearchParams(location.search).get('level')")).toBe(link);
    await until("Number(document.body.dataset.column) > 8");
    await press("share");
    await until(`document.getElementById("share").classList.contains("copied")`);
    expect(complaints).toEqual([]);

    // A link that was changed is said to be none, and there is something to play all the same.
    await page.visit(`?watch&level=${link.slice(0, -1)}`);
    await until(`!document.getElementById("problem").hidden`);
    expect(await page.text("problem")).toMatch(/is no link to a level/);
    await until(`${state} === "play"`);
  },
  LIMIT,
);

for (const name of ["Chromium", "Firefox", "WebKit"] as const) {
  it(
    `the platformer starts in ${name}, and makes the level that Node makes`,
    async (test) => {
      const copy = mkdtempSync(join(tmpdir(), "simdream-game-"));
      let browser: Awaited<ReturnType<typeof browsers.Chromium>> | undefined;
      let server: Awaited<ReturnType<typeof serve>> | undefined;
      try {
        cpSync(folder, copy, { recursive: true });
        cpSync(join(root, "dist"), join(copy, "simdream"), { recursive: true });
        const html = readFileSync(join(copy, "index.html"), "utf8");
        const smoke = '<script type="module" src="smoke.js"></script></head>';
        writeFileSync(join(copy, "smoke.html"), html.replace("</head>", smoke));
        writeFileSync(join(copy, "smoke.js"), SMOKE);
        server = await serve(copy);
        browser = await browsers[name]();
        const posted = server.posted();
        await browser.open(`${server.address}/smoke.html?watch`);
        const model = await GridModel.load(readFileSync(join(folder, "levels.safetensors")));
        const { text } = await makeLevel(model, firstPlace(11), platformerPath);
        expect(await posted).toEqual({ state: "play", problems: [], text });
      } catch (error) {
        if (error instanceof Unavailable) test.skip(`${name} cannot be had: ${error.message}`);
        throw error;
      } finally {
        await browser?.close();
        await server?.close();
        rmSync(copy, { recursive: true, force: true });
      }
    },
    LIMIT,
  );
}

/** Waits until the program plays, makes a level, and posts what there was. */
const SMOKE = `
  const problems = [];
  addEventListener("error", ({ message }) => problems.push(message));
  addEventListener("unhandledrejection", ({ reason }) => problems.push(String(reason)));
  const { openLevels } = await import("./supply.js");
  const { firstPlace } = await import("./levels.js");
  const { text } = await openLevels("./levels.safetensors").next(firstPlace(11));
  const { dataset } = document.body;
  const begin = performance.now();
  while (!(Number(dataset.column) > 4) && performance.now() - begin < 60000) {
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  fetch("/result", { method: "POST", body: JSON.stringify({ state: dataset.state, problems, text }) });
`;
