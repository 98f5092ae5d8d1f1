// An example page of examples/browser, or of another folder, in Chromium, and the short ways to use it that the tests of such pages share.

import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll } from "vitest";
import { root } from "../runtimes/lib/platform.js";
import { serve } from "../runtimes/lib/server.js";
import { LIMIT, type Page, useChromium } from "./chromium.js";

type Test = Parameters<ReturnType<typeof useChromium>["open"]>[0];

/** An element, as an expression. */
export const at = (id: string): string => `document.getElementById("${id}")`;

/** Files as an input has them, in `carried.files`, as the beginning of a block. */
function given(all: Readonly<Record<string, Uint8Array>>): string {
  const encoded = Object.entries(all).map(([name, bytes]) => [
    name,
    Buffer.from(bytes).toString("base64"),
  ]);
  return `{ const carried = new DataTransfer();
    for (const [name, text] of ${JSON.stringify(encoded)}) {
      carried.items.add(new File([Uint8Array.from(atob(text), (one) => one.charCodeAt(0))], name));
    }`;
}

/**
 * One page for the tests of a file; each opens it again.
 * @param name of the page's file
 * @param from its folder in examples
 * @param headers that the server sends
 */
export function examplePage(name: string, from = "browser", headers = {}) {
  const chromium = useChromium();
  const folder = mkdtempSync(join(tmpdir(), "simdream-page-"));
  let server: Awaited<ReturnType<typeof serve>> | undefined;
  let page: Page | undefined;
  /** What the browser complains of. */
  const complaints: string[] = [];

  beforeAll(async () => {
    cpSync(join(root, "examples", from), folder, { recursive: true });
    cpSync(join(root, "dist"), join(folder, "simdream"), { recursive: true });
    server = await serve(folder, headers);
  });
  afterEach(async () => {
    await page?.close();
    page = undefined;
  });
  afterAll(async () => {
    await server?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const run = (expression: string) => page!.evaluate(expression);
  const until = (condition: string) => page!.waitForFunction(condition, { timeout: LIMIT });
  const text = (id: string) => run(`${at(id)}.textContent`);
  const press = (id: string) => run(`${at(id)}.click()`);
  return {
    complaints,
    ...{ run, until, text, press },
    /** Opens the page, or skips the test where there is no Chromium, and waits until a condition holds. */
    async open(test: Test, ready: string): Promise<void> {
      page = await chromium.open(test, "about:blank");
      complaints.length = 0;
      page.on("pageerror", ({ message }) => complaints.push(message));
      page.on("console", (said) => {
        if (said.type() === "error") complaints.push(said.text());
      });
      await page.goto(`${server!.address}/${name}`);
      await until(ready);
    },
    /** Opens the page at another address: `?model=…`. */
    async visit(query: string): Promise<void> {
      await page!.goto(`${server!.address}/${name}${query}`);
    },
    /** How wide the page is in a window of this width. */
    async widthAt(width: number): Promise<unknown> {
      await page!.setViewport({ width, height: 700 });
      return run("document.documentElement.scrollWidth");
    },
    /** Opens files in an input. */
    choose: (id: string, all: Readonly<Record<string, Uint8Array>>) =>
      run(`${given(all)} ${at(id)}.files = carried.files;
        ${at(id)}.dispatchEvent(new Event("change")); }`),
    /** What a button saves. */
    async saved(id: string): Promise<Uint8Array> {
      await run(`globalThis.make ??= URL.createObjectURL;
        globalThis.saved = undefined;
        URL.createObjectURL = (blob) => globalThis.make(globalThis.saved = blob)`);
      await press(id);
      await until("globalThis.saved");
      const bytes = "globalThis.saved.arrayBuffer().then((all) => Array.from(new Uint8Array(all)))";
      return Uint8Array.from((await run(bytes)) as number[]);
    },
    /** What a canvas shows. */
    drawn: (id: string) => run(`${at(id)}.toDataURL()`) as Promise<string>,
    /** Waits until a canvas shows something else. */
    untilOther: (id: string, before: string) => until(`${at(id)}.toDataURL() !== "${before}"`),
    change: (id: string, value: string | number, event = "change") =>
      run(`${at(id)}.value = ${JSON.stringify(String(value))};
        ${at(id)}.dispatchEvent(new Event("${event}", { bubbles: true }))`),
    key: (key: string) =>
      run(`${at("paper")}.dispatchEvent(new KeyboardEvent("keydown", { key: "${key}" }))`),
    /** Waits for the end of a run, where the page shows its weights. */
    trained: () => until(`/weights [0-9a-f]{12}$/.test(${at("status")}.textContent)`),
    complaint: () => until(`!${at("problem")}.hidden`).then(() => text("problem")),
    /** Saves the model into a file that the page keeps as `globalThis.saved`. */
    async save(): Promise<void> {
      await run(`globalThis.make = URL.createObjectURL;
        URL.createObjectURL = (blob) => make(globalThis.saved = blob)`);
      await run(`${at("save")}.click()`);
      await until("globalThis.saved");
    },
    /** Opens a model in the page's input. @param file an expression */
    openModel: (file: string) =>
      run(`{ const carried = new DataTransfer();
        carried.items.add(${file});
        ${at("model")}.files = carried.files;
        ${at("model")}.dispatchEvent(new Event("change")); }`),
    /** PNG files of these sides, each in a colour of its own, dropped on the page. */
    drop: (...sides: number[]) =>
      run(`(async () => {
        const dataTransfer = new DataTransfer();
        for (const [i, side] of ${JSON.stringify(sides)}.entries()) {
          const canvas = new OffscreenCanvas(side, side);
          const context = canvas.getContext("2d");
          context.fillStyle = ["#d1495b", "#3d6fb4", "#4f9d69"][i];
          context.fillRect(0, 0, side, side / 2);
          dataTransfer.items.add(new File([await canvas.convertToBlob()], "picture" + i + ".png"));
        }
        const options = { dataTransfer, bubbles: true, cancelable: true };
        document.querySelector("main").dispatchEvent(new DragEvent("drop", options));
      })()`),
  };
}
