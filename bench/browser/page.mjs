/**
 * Measures the contestants in turn and shows the medians: index.html?sizes=A80,C&rounds=5&contestants=...&node
 *
 * With `node` the page asks its server to measure the same in Node between its own rounds.
 */
import { figure, median } from "../sizes.mjs";

const query = new URLSearchParams(location.search);
const sizes = (query.get("sizes") ?? "A80,A32,B,C").split(",");
const rounds = Number(query.get("rounds") ?? 5);
const isolated = globalThis.crossOriginIsolated;
const known = {
  "parrotlet wasm, 1 thread": { contestant: "parrotlet", threads: 1 },
  ...(isolated ? { "parrotlet wasm, 2 threads": { contestant: "parrotlet", threads: 2 } } : {}),
  "jax-js": { contestant: "jax", threads: 1 },
  "TensorFlow.js": { contestant: "tfjs", threads: 1 },
};
const left = (query.get("without") ?? "").split(",");
const contestants = Object.entries(known).filter(([name]) => !left.includes(name));
const nodeThreads = query.has("node") ? (isolated ? [1, 2] : [1]) : [];

const post = async (path, body) => (await fetch(path, { method: "POST", body: JSON.stringify(body) })).text();
const report = (message) => post("/report", message).catch(() => {}); // nobody may be listening

/** Asks a worker and waits for its answer. */
function ask(worker, question) {
  return new Promise((resolve, reject) => {
    worker.onmessage = ({ data }) =>
      data.error === undefined ? resolve(data.answer) : reject(new Error(data.error));
    worker.onerror = ({ message }) => reject(new Error(message || "the worker could not be loaded"));
    worker.postMessage(question);
  });
}

const nodeName = (threads) => `parrotlet wasm in Node, ${threads} thread${threads === 1 ? "" : "s"}`;
const times = {};

/** Milliseconds a step at one size, by contestant. */
async function measureAt(size) {
  const found = {};
  times[size] = found;
  const keep = (name, ms) => {
    found[name] = [...(found[name] ?? []), ms];
  };
  const workers = new Map();
  for (const [name, { contestant, threads }] of contestants) {
    show(`${size}: preparing ${name}`);
    const worker = new Worker(new URL("./worker.mjs", import.meta.url), { type: "module" });
    try {
      await ask(worker, { prepare: { contestant, threads, size } });
      workers.set(name, worker);
    } catch (error) {
      await report({ line: `${name} is left out at ${size}: ${error.message}` });
    }
  }
  for (let round = 0; round < rounds; round++) {
    for (const [name, worker] of workers) {
      show(`${size}, round ${round + 1} of ${rounds}: ${name}`);
      keep(name, await ask(worker, { measure: size.startsWith("D") ? 1500 : 400 }));
    }
    for (const threads of nodeThreads) {
      show(`${size}, round ${round + 1} of ${rounds}: Node`);
      keep(nodeName(threads), JSON.parse(await post("/ask", { size, threads })));
    }
  }
  for (const worker of workers.values()) await ask(worker, { release: true });
  const line = Object.entries(found).map(([name, list]) => `${name} ${figure(median(list))}`);
  await report({ line: `${size}: ${line.join(", ")}` });
}

function show(state) {
  document.querySelector("#state").textContent = state;
  const names = [...contestants.map(([name]) => name), ...nodeThreads.map(nodeName)];
  const cell = (tag, text, className = "") => {
    const element = document.createElement(tag);
    element.textContent = text;
    element.className = className;
    return element;
  };
  const row = (tag, cells) => {
    const element = document.createElement("tr");
    element.append(...cells.map((each) => (Array.isArray(each) ? cell(tag, ...each) : cell(tag, each))));
    return element;
  };
  const medians = (name) => sizes.map((size) => times[size]?.[name] && median(times[size][name]));
  const best = sizes.map((_, at) => Math.min(...names.map((name) => medians(name)[at] ?? 1 / 0)));
  document
    .querySelector("#times")
    .replaceChildren(
      row("th", ["", ...sizes]),
      ...names.map((name) =>
        row("td", [name, ...medians(name).map((ms, at) => [figure(ms), ms === best[at] ? "fastest" : ""])]),
      ),
    );
}

try {
  for (const size of sizes) await measureAt(size);
  show(`Done: ${navigator.userAgent}, ${navigator.hardwareConcurrency} cores.`);
  const medians = Object.entries(times).map(([size, found]) => [
    size,
    Object.fromEntries(Object.entries(found).map(([name, list]) => [name, median(list)])),
  ]);
  await report({ result: { browser: navigator.userAgent, times: Object.fromEntries(medians) } });
} catch (error) {
  show(String(error));
  await report({ error: error.stack });
}
