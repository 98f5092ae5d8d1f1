// Chromium, Firefox and WebKit, each started afresh: `version`, `engine`, `open(url)`, `close()`. The
// first two also have `browser`, as puppeteer gives it.

import { spawnSync } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { createServer } from "node:net";
import { delimiter, join } from "node:path";
import { unpackedChromium } from "./chromium.js";
import { carriedModule, Unavailable } from "./platform.js";
import { adopt, endGroup, start, within } from "./processes.js";

/** Milliseconds for a browser to start, and for each thing that is asked of it. */
const START = 60_000;

/** How each browser is started. */
export const browsers = {
  Chromium: () => twice(chromium),
  Firefox: () => twice(firefox),
  WebKit: () => twice(webkit),
};

/** A browser may fail to start on a busy machine; what it does once it runs is not tried again. */
async function twice(launch) {
  try {
    return await launch();
  } catch (error) {
    if (error instanceof Unavailable) throw error;
    return launch();
  }
}

async function chromium() {
  const { program, libraries } = await unpackedChromium();
  const { stdout, stderr } = spawnSync("ldd", [program], { encoding: "utf8" });
  // The package brings what a small system lacks.
  const env = /not found/.test(`${stdout}${stderr}`) ? { LD_LIBRARY_PATH: libraries } : {};
  const missing = spawnSync("ldd", [program], {
    encoding: "utf8",
    env: { ...process.env, ...env },
  });
  const lacks = missing.stdout?.match(/\S+(?= => not found)/g);
  if (lacks)
    throw new Unavailable(`the system lacks ${lacks.join(", ")} (apt-get install libnss3)`);
  const own = await withPuppeteer({
    browser: "chrome",
    headless: "shell",
    executablePath: program,
    // No sandbox: it does not work for root, and the pages are our own. The package's one needs no GPU.
    args: ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"],
    env: { ...process.env, ...env },
  });
  const session = await own.browser.target().createCDPSession();
  const { product, jsVersion } = await session.send("Browser.getVersion");
  await session.detach();
  return { ...own, version: product.split("/")[1], engine: `V8 ${jsVersion}` };
}

async function firefox() {
  const executablePath = found("firefox-esr", "firefox");
  const own = await withPuppeteer({ browser: "firefox", headless: true, executablePath });
  const version = (await own.browser.version()).split("/")[1];
  return { ...own, version, engine: "SpiderMonkey" };
}

async function withPuppeteer(options) {
  const { launch } = await carriedModule("puppeteer-core");
  const browser = await launch({ timeout: START, protocolTimeout: START, ...options });
  const { pid } = browser.process();
  adopt(pid);
  return {
    browser,
    async open(url) {
      const page = await browser.newPage();
      await page.goto(url, { timeout: START });
      return page;
    },
    async close() {
      await within(10_000, browser.close()).catch(() => {});
      endGroup(pid);
    },
  };
}

/** WebKitGTK by W3C WebDriver, on a display of its own. */
async function webkit() {
  const driver = found("WebKitWebDriver");
  const started = [start(found("Xvfb"), ["-displayfd", "1", "-nolisten", "tcp"])];
  const stop = async () => {
    for (const each of started.reverse()) await each.stop();
  };
  try {
    const [, display] = await within(START, started[0].said(/^(\d+)$/m));
    const port = await freePort();
    const env = { DISPLAY: `:${display}`, GDK_BACKEND: "x11" };
    started.push(start(driver, [`--port=${port}`], { env }));
    const ask = webdriver(`http://127.0.0.1:${port}`);
    await within(START, ready(ask));
    const options = { args: ["--automation"] };
    const { sessionId, capabilities } = await ask("POST", "/session", {
      capabilities: { alwaysMatch: { "webkitgtk:browserOptions": options } },
    });
    const session = `/session/${sessionId}`;
    return {
      version: capabilities.browserVersion,
      engine: "JavaScriptCore",
      open: (url) => ask("POST", `${session}/url`, { url }),
      async close() {
        await ask("DELETE", session, undefined, 10_000).catch(() => {});
        await stop();
      },
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** One call of the WebDriver protocol. */
function webdriver(address) {
  return async (method, path, body, limit = START) => {
    const response = await fetch(address + path, {
      method,
      body: body && JSON.stringify(body),
      signal: AbortSignal.timeout(limit),
    });
    const { value } = await response.json();
    if (response.ok) return value;
    throw new Error(`WebDriver: ${value.error}: ${value.message}`);
  };
}

async function ready(ask) {
  for (;;) {
    const status = await ask("GET", "/status").catch(() => undefined);
    if (status) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** A port that nothing listens on; for a program that cannot choose one itself. */
async function freePort() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** The first of these programs that the system has. @throws Unavailable */
function found(...names) {
  const folders = (process.env.PATH ?? "").split(delimiter);
  for (const file of names.flatMap((name) => folders.map((folder) => join(folder, name)))) {
    try {
      accessSync(file, constants.X_OK);
      return file;
    } catch {
      // Not here.
    }
  }
  throw new Unavailable(`${names[0]} is not installed`);
}
