/**
 * The training step in a browser: ours with one thread and with two beside jax-js and TensorFlow.js in the same page, in
 * headless Chromium, and beside ours in Node.
 *
 *     npm run build && npm --prefix bench install && npm --prefix bench run browser
 *     node bench/browser.mjs --sizes A80,C --rounds 7 --out bench/browser-results.md
 *     node bench/browser.mjs --serve       to open the page in a browser of your own
 */
import { spawnSync } from "node:child_process";
import { existsSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { inBrowser } from "../scripts/in-browser.mjs";
import { circumstances, table } from "./markdown.mjs";
import { figure } from "./sizes.mjs";

const { values: options } = parseArgs({
  options: {
    sizes: { type: "string", default: "A80,A32,B,C" },
    rounds: { type: "string", default: "5" },
    without: { type: "string", default: "" },
    out: { type: "string", default: "bench/browser-results.md" },
    serve: { type: "boolean", default: false },
  },
});
const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const packages = ["@tensorflow/tfjs", "@tensorflow/tfjs-backend-wasm", "@jax-js/jax"];
if (!packages.every((name) => existsSync(here(`node_modules/${name}`)))) {
  process.stderr.write("The peers are not installed: npm --prefix bench install\n");
  process.exit(1);
}

function measureInNode({ size, threads }) {
  const how = ["--device", "wasm", "--threads", `${threads}`, "--sizes", size, "--rounds", "1"];
  const { stdout } = spawnSync(process.execPath, [here("steps.mjs"), ...how], { encoding: "utf8" });
  return Number(/([\d.]+) ms\/step/.exec(stdout)[1]);
}

const query = new URLSearchParams({ sizes: options.sizes, rounds: options.rounds, without: options.without });
if (!options.serve) query.set("node", "");
const found = await inBrowser(`browser/index.html?${query}`, {
  root: here("."),
  packages,
  seconds: 3600,
  ask: measureInNode,
  onLine: (line) => process.stderr.write(`${line}\n`),
  ...(options.serve ? { onAddress: (address) => process.stdout.write(`${address}\n`) } : {}),
});

const sizes = Object.keys(found.times);
const names = [...new Set(Object.values(found.times).flatMap(Object.keys))];
const parts = [
  "# Milliseconds for one training step in a browser",
  `${circumstances(/Chrome\/[\d.]+/.exec(found.browser)?.[0] ?? found.browser)}; medians of ${options.rounds} rounds in turn, each contestant in a worker of one page.`,
  table([
    ["", ...sizes],
    ...names.map((name) => [name, ...sizes.map((size) => figure(found.times[size][name]))]),
  ]),
];
writeFileSync(options.out, `${parts.join("\n\n")}\n`);
process.stdout.write(`${options.out}\n`);
if (options.serve) process.exit(0);
