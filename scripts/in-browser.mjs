/**
 * Opens a page of this repository in a headless Chromium and gives what it reports.
 *
 * The repository is served by Vite, which also turns TypeScript and bare imports into what a browser runs. A page reports by
 * `fetch("/report", { method: "POST", body: JSON.stringify({ line }) })`, any number of times, and at its end with
 * `{ result }` or `{ error }`; it can ask this process for something by a POST to `/ask`.
 */
import { spawn } from "node:child_process";
import { mkdtempSync } from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { createServer } from "vite";

const ISOLATED = {
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-embedder-policy": "require-corp",
};
const repository = fileURLToPath(new URL("../", import.meta.url));

/**
 * @param page Its path from the root, with a query if need be.
 * @param options `root`: a folder of the repository; `isolated`: whether memory can be shared with workers; `packages`:
 * those that the page imports; `ask`: answers what the page asks; `onAddress`: is told the page's address, and no browser
 * is started.
 */
export async function inBrowser(page, options = {}) {
  const { root = repository, isolated = true, packages = [], seconds = 600, onAddress } = options;
  const { onLine = () => {}, ask = () => null } = options;
  let settle;
  const result = new Promise((resolve, reject) => {
    settle = { resolve, reject };
  });
  const onReport = ({ line, error, ...rest }) => {
    if (line !== undefined) onLine(line);
    else if (error !== undefined) settle.reject(new Error(error));
    else settle.resolve(rest.result);
  };
  const server = await createServer({
    root,
    configFile: false,
    logLevel: "error",
    cacheDir: join(tmpdir(), `parrotlet-vite-${packages.length}`),
    optimizeDeps: { include: packages },
    server: {
      port: 0,
      headers: isolated ? ISOLATED : {},
      hmr: false,
      watch: null,
      fs: { allow: [repository] },
    },
    plugins: [{ name: "reports", configureServer: ({ middlewares }) => listen(middlewares, onReport, ask) }],
  });
  await server.listen();
  const address = new URL(page, server.resolvedUrls.local[0]).href;
  if (onAddress) {
    onAddress(address);
    return result;
  }
  const browser = startChromium(address);
  browser.once("exit", (code) => settle.reject(new Error(`Chromium ended with code ${code}`)));
  browser.once("error", settle.reject);
  const late = setTimeout(
    () => settle.reject(new Error(`the page said nothing for ${seconds} s`)),
    1000 * seconds,
  );
  try {
    return await result;
  } finally {
    clearTimeout(late);
    browser.removeAllListeners("exit");
    await stop(browser);
    await server.close();
  }
}

function listen(middlewares, onReport, ask) {
  const json = async (request) => {
    let body = "";
    for await (const chunk of request) body += chunk;
    return JSON.parse(body);
  };
  middlewares.use("/report", async (request, response) => {
    onReport(await json(request));
    response.end();
  });
  middlewares.use("/ask", async (request, response) => {
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify(await ask(await json(request))));
  });
}

function startChromium(address) {
  const profile = mkdtempSync(join(tmpdir(), "parrotlet-chromium-"));
  const chromium = process.env.CHROMIUM ?? "chromium";
  const flags = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-extensions",
  ];
  const browser = spawn(chromium, [...flags, `--user-data-dir=${profile}`, address], { stdio: "ignore" });
  browser.profile = profile;
  return browser;
}

async function stop(browser) {
  if (browser.exitCode === null) {
    const gone = new Promise((resolve) => browser.once("exit", resolve));
    browser.kill();
    await gone;
  }
  await removeFolder(browser.profile);
}

/** Chromium's other processes end after its first one, and write until then. What cannot be removed is left to the system. */
async function removeFolder(folder, tries = 20) {
  try {
    await rm(folder, { recursive: true, force: true });
  } catch {
    if (tries === 0) return;
    await sleep(100);
    await removeFolder(folder, tries - 1);
  }
}
