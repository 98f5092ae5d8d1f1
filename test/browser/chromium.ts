// Chromium for the tests of a file: started before them, closed after them, and named as the reason
// where it cannot be had.

import { afterAll, beforeAll } from "vitest";
import { browsers } from "../runtimes/lib/browsers.js";
import { Unavailable } from "../runtimes/lib/platform.js";

/** Milliseconds that a page may take: a hundred times what it needs. */
export const LIMIT = 120_000;

/** What is used of puppeteer's page. */
export interface Page {
  evaluate(expression: string): Promise<unknown>;
  waitForFunction(expression: string, options: { timeout: number }): Promise<unknown>;
  goto(url: string): Promise<unknown>;
  setViewport(size: { width: number; height: number }): Promise<unknown>;
  on(event: "pageerror", told: (error: Error) => void): unknown;
  on(event: "console", told: (said: { type(): string; text(): string }) => void): unknown;
  close(): Promise<void>;
}

interface Skipping {
  skip(reason: string): never;
}

export function useChromium(): { open(test: Skipping, url: string): Promise<Page> } {
  let browser: { open(url: string): Promise<unknown>; close(): Promise<void> } | undefined;
  let missing = "";
  beforeAll(async () => {
    try {
      browser = await browsers.Chromium();
    } catch (error) {
      if (!(error instanceof Unavailable)) throw error;
      missing = error.message;
    }
  }, LIMIT);
  afterAll(() => browser?.close());
  return {
    async open(test, url) {
      if (!browser) return test.skip(`Chromium cannot be had: ${missing}`);
      return (await browser.open(url)) as Page;
    },
  };
}

/** What a page leaves in `globalThis.result`. */
export async function resultOf(page: Page): Promise<unknown> {
  await page.waitForFunction("globalThis.result", { timeout: LIMIT });
  return page.evaluate("globalThis.result");
}
