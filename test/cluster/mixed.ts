// Workers of a cluster that are programs of Node, Deno and Bun, and tabs of Chromium: the built package, as users have it.

import {
  copyFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";
import { browsers } from "../runtimes/lib/browsers.js";
import { carried, root, Unavailable } from "../runtimes/lib/platform.js";
import { start } from "../runtimes/lib/processes.js";
import { serve } from "../runtimes/lib/server.js";
import type { TestServer } from "./server.js";

/** What a worker is told. */
interface Told {
  readonly server: TestServer;
  readonly run: string;
  readonly token: string;
}

/** A worker that has been started. */
type Stop = () => Promise<void>;

/** How a worker of each kind is started. @throws Unavailable */
type Starter = (told: Told) => Promise<Stop>;

/** Starts workers; made once for all of them. */
export class MixedWorkers {
  readonly #folder = mkdtempSync(join(root, "build", "mixed-"));
  readonly #starters: Readonly<Record<string, Starter>>;
  readonly #ends: Stop[] = [];
  #site: Promise<Awaited<ReturnType<typeof serve>>> | undefined;
  #chromium: ReturnType<typeof browsers.Chromium> | undefined;

  constructor() {
    const home = join(this.#folder, "node_modules", "simdream");
    mkdirSync(home, { recursive: true });
    copyFileSync(join(root, "package.json"), join(home, "package.json"));
    cpSync(join(root, "dist"), join(home, "dist"), { recursive: true });
    const program = join(this.#folder, "worker.mjs");
    copyFileSync(join(root, "test", "tasks", "cluster", "worker.mjs"), program);
    const console =
      (name: string, found: () => string, ...args: string[]): Starter =>
      async ({ server, run, token }) => {
        const own = [program, `${server.port}`, run, token, name];
        const { stop } = start(found(), [...args, ...own]);
        return stop;
      };
    this.#starters = {
      tab: (told) => this.#tab(told),
      deno: console("deno", () => carried("deno", "deno"), "run", "-A"),
      bun: console("bun", () => carried("bun", "bin", "bun.exe")),
      node: console("node", () => process.execPath),
    };
  }

  /** What there is of the four kinds, and why the rest is missing. */
  readonly missing: string[] = [];

  /** Starts so many: tabs, Deno, Bun, Node, and again from the first. @returns their kinds */
  async start(count: number, told: Told): Promise<string[]> {
    const kinds = Object.keys(this.#starters);
    const started: string[] = [];
    for (let i = 0; started.length < count; i++) {
      const kind = kinds[i % kinds.length];
      try {
        this.#ends.push(await this.#starters[kind](told));
        started.push(kind);
      } catch (error) {
        if (!(error instanceof Unavailable)) throw error;
        kinds.splice(kinds.indexOf(kind), 1);
        this.missing.push(`${kind}: ${error.message}`);
        i = -1;
      }
    }
    return started;
  }

  async close(): Promise<void> {
    for (const end of this.#ends.splice(0)) await end();
    await (await this.#chromium?.catch(() => undefined))?.close();
    await (await this.#site)?.close();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  /** A tab that somebody lends, by the example's page. */
  async #tab({ server, run, token }: Told): Promise<Stop> {
    this.#chromium ??= browsers.Chromium();
    const browser = await this.#chromium;
    this.#site ??= this.#page();
    const { address } = await this.#site;
    const asked = new URLSearchParams({ server: `ws://127.0.0.1:${server.webPort}`, run });
    const url = `${address}/lend.html?${asked}#${encodeURIComponent(token)}`;
    const page = (await browser.open(url)) as {
      evaluate(expression: string): Promise<unknown>;
      close(): Promise<void>;
    };
    await page.evaluate(`document.querySelector("[type=submit]").click()`);
    return () => page.close();
  }

  /** The example, with its script bundled instead of fetched from elsewhere. */
  async #page() {
    const html = readFileSync(join(root, "examples", "cluster", "lend.html"), "utf8");
    const [, script] = /<script type="module">(.*?)<\/script>/s.exec(html)!;
    const dist = (name: string) => join(root, "dist", name);
    await build({
      stdin: { contents: script, resolveDir: root },
      outfile: join(this.#folder, "lend.js"),
      bundle: true,
      format: "esm",
      platform: "browser",
      external: ["node:crypto"],
      logLevel: "error",
      alias: { simdream: dist("index.js"), "simdream/cluster": dist("cluster.js") },
    });
    const page = html
      .replace(/<script type="importmap">.*?<\/script>/s, "")
      .replace(
        /<script type="module">.*?<\/script>/s,
        `<script type="module" src="lend.js"></script>`,
      );
    writeFileSync(join(this.#folder, "lend.html"), page);
    copyFileSync(dist("worker-script.js"), join(this.#folder, "worker-script.js"));
    return serve(this.#folder);
  }
}
