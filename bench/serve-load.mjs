/**
 * The server under load: one client and many, in turn, while a model is trained; then a crowd at once. Server, training and clients
 * are processes of their own.
 *
 *     npm run build && node bench/serve-load.mjs                      # as docs/server.md tells it: 60 s with 64 clients
 *     node bench/serve-load.mjs --seconds 10 --rounds 2 --train none  # short, without a training
 *     node bench/serve-load.mjs --cli a/main.js,b/main.js             # two programs, in turn
 *
 * `--write` keeps the figures in serve-results.md.
 */
import { fork, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { median } from "./sizes.mjs";

const here = new URL(".", import.meta.url).pathname;
const { values: options } = parseArgs({
  options: {
    model: { type: "string", default: "pip" },
    clients: { type: "string", default: "64" },
    /** With many clients; the client alone has a quarter of it. */
    seconds: { type: "string", default: "60" },
    "one-seconds": { type: "string" },
    rounds: { type: "string", default: "1" },
    crowd: { type: "string", default: "1000" },
    "crowd-seconds": { type: "string", default: "30" },
    "max-tokens": { type: "string", default: "100" },
    /** Forbid `<eos>`, so that each reply has `--max-tokens`. */
    endless: { type: "boolean", default: false },
    /** A recipe that is trained meanwhile; `none` is no training. */
    train: { type: "string", default: "pip-quick" },
    "train-threads": { type: "string" },
    /** Who trains: the server, or a process of its own (`parrotlet train`). */
    "train-in": { type: "string", default: "server" },
    "serve-threads": { type: "string" },
    "server-args": { type: "string", default: "" },
    "node-args": { type: "string", default: "" },
    cli: { type: "string", default: join(here, "../dist/cli/main.js") },
    json: { type: "boolean", default: false },
    write: { type: "boolean", default: false },
  },
});
const number = (name) => Number(options[name]);
const many = number("clients");
const seconds = number("seconds");
const oneSeconds = options["one-seconds"] ? number("one-seconds") : Math.max(4, seconds / 4);
const WARM_SECONDS = 1.5;
const EOS = 2;

const workspace = mkdtempSync(join(tmpdir(), "parrotlet-load-"));
const children = [];
const words = (text) => text.split(" ").filter(Boolean);

/** Another message, or whatever `when` accepts. */
const message = (child, when = () => true) =>
  new Promise((resolve, reject) => {
    const seen = (value) => {
      if (!when(value)) return;
      child.off("message", seen);
      resolve(value);
    };
    child.on("message", seen);
    child.once("exit", (code, signal) => reject(new Error(`a process ended with ${signal ?? code}`)));
  });

function started(child) {
  children.push(child);
  child.once("exit", () => {
    child.over = true;
  });
  return child;
}

/** A server, with what it tells of itself. */
async function startServer(cli) {
  const threads = options["serve-threads"] ? ["--threads", options["serve-threads"]] : [];
  const given = ["serve", options.model, "--workspace", workspace, "--port", "0", "--json"];
  const child = started(
    fork(cli, [...given, ...threads, ...words(options["server-args"])], {
      execArgv: [
        "--import",
        new URL("./serve/probe.mjs", import.meta.url).href,
        ...words(options["node-args"]),
      ],
      stdio: ["ignore", "pipe", "inherit", "ipc"],
    }),
  );
  const server = { port: 0, child, samples: [], name: cli };
  child.on("message", (sample) => server.samples.push(sample));
  const { url } = await said(child, (line) => line.url !== undefined);
  server.port = Number(new URL(url).port);
  return server;
}

/** The first line of JSON that a process prints and `when` accepts; `each` sees all. */
function said(child, when, each = () => {}) {
  return new Promise((resolve, reject) => {
    createInterface({ input: child.stdout }).on("line", (text) => {
      const line = JSON.parse(text);
      each(line);
      if (when(line)) resolve(line);
    });
    child.once("exit", (code) => reject(new Error(`a process ended with ${code} before it was ready`)));
  });
}

/** Milliseconds that /health takes; each time on a new connection. */
function health(port) {
  const begun = performance.now();
  return new Promise((resolve, reject) => {
    request({ host: "127.0.0.1", port, path: "/health", agent: false }, (response) => {
      response.resume();
      response.on("end", () => {
        if (response.statusCode === 200) resolve(performance.now() - begun);
        else reject(new Error(`/health answers ${response.statusCode}`));
      });
    })
      .on("error", reject)
      .end();
  });
}

/** What the server's own API answers. */
async function api(port, method, path, body) {
  const headers = body ? { "content-type": "application/json" } : {};
  const sent = { method, headers, ...(body && { body: JSON.stringify(body) }) };
  const response = await fetch(`http://127.0.0.1:${port}${path}`, sent);
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
  return response.json();
}

/** Trains in the server itself; `stepsNow` asks how far it is. */
async function startInServer({ port }) {
  const { run } = await api(port, "POST", "/api/trainings", { recipe: options.train, steps: 200_000 });
  const stepsNow = async () => {
    const { status, step, error } = await api(port, "GET", `/api/trainings/${run}`);
    if (error) throw new Error(`the training ended: ${JSON.stringify(error)}`);
    return status === "starting" ? 0 : step;
  };
  while ((await stepsNow()) === 0) await sleep(200);
  return { stepsNow };
}

/** A training that goes on until it is stopped; waits until it takes steps. */
async function startTraining() {
  const threads = options["train-threads"] ? ["--threads", options["train-threads"]] : [];
  const cli = options.cli.split(",")[0];
  const given = ["train", options.train, "--minutes", "30", "--workspace", workspace, "--json", ...threads];
  const child = started(spawn(process.execPath, [cli, ...given], { stdio: ["ignore", "pipe", "inherit"] }));
  const training = { steps: 0, stepsNow: async () => training.steps };
  const isProgress = ({ type }) => type === "progress";
  await said(child, isProgress, (line) => {
    if (isProgress(line)) training.steps = line.step;
  });
  return training;
}

const at = (list, part) =>
  [...list].sort((a, b) => a - b)[Math.floor(part * (list.length - 1))] ?? Number.NaN;
const MIB = 2 ** 20;

/** Bytes a minute that the samples grow by (least squares), and the second half's mean over the first's. */
function growth(samples) {
  const points = samples.map(({ at: x, rss: y }) => [x / 60_000, y]);
  const mean = (list) => list.reduce((sum, value) => sum + value, 0) / list.length;
  const [mx, my] = [mean(points.map(([x]) => x)), mean(points.map(([, y]) => y))];
  const over = points.reduce((sum, [x, y]) => sum + (x - mx) * (y - my), 0);
  const slope = over / points.reduce((sum, [x]) => sum + (x - mx) ** 2, 0);
  const half = points.length >> 1;
  const [first, second] = [points.slice(0, half), points.slice(half)].map((part) =>
    mean(part.map(([, y]) => y)),
  );
  return { first, second, slope };
}

/** What some clients see, with what the server tells meanwhile. */
async function measure(server, clients, act, given) {
  const from = server.samples.length;
  server.child.send({ reset: true });
  const lives = [];
  let over = false;
  const beat = (async () => {
    while (!over) {
      lives.push(await health(server.port).catch(() => Number.POSITIVE_INFINITY));
      await sleep(250);
    }
  })();
  const maxTokens = number("max-tokens");
  const what = { maxTokens, eos: options.endless ? EOS : undefined };
  clients.send({
    act,
    port: server.port,
    seed: given.seed ?? 1,
    warmSeconds: WARM_SECONDS,
    ...what,
    ...given,
  });
  const result = await message(clients);
  over = true;
  await beat;
  const samples = server.samples.slice(from);
  const [{ cpu: cpuFirst } = {}, { late, cpu } = {}] = [samples[0], samples.at(-1)];
  const busy =
    cpu &&
    samples.length > 1 &&
    (cpu.user + cpu.system - cpuFirst.user - cpuFirst.system) / 1e3 / (samples.at(-1).at - samples[0].at);
  return { ...result, samples, late, busy, health: { median: median(lives), max: Math.max(...lives) } };
}

const line = (...cells) =>
  options.json ||
  process.stderr.write(`| ${cells.map((cell, i) => String(cell).padStart(i > 0 ? 11 : 14)).join(" | ")} |\n`);
const ms = (value) =>
  value === undefined || Number.isNaN(value) ? "" : `${value.toFixed(value < 10 ? 1 : 0)} ms`;

function tell(
  name,
  { tokens, seconds: time, firsts, replies, errors, late, health: lives, busy, cpuSeconds },
) {
  const row = {
    name,
    tokensPerSecond: tokens / time,
    firstMedian: median(firsts),
    first95: at(firsts, 0.95),
    replies,
    tokensPerReply: tokens / replies,
    errors: errors.length,
    error: errors[0],
    lateMedian: late?.median,
    late99: late?.p99,
    healthMax: lives.max,
    serverCores: busy,
    /** Of the processor; a training in the server is counted, too. */
    serverMicroseconds: (1e6 * busy * (time + WARM_SECONDS)) / (tokens * (1 + WARM_SECONDS / time)),
    clientCores: cpuSeconds / (time + WARM_SECONDS),
  };
  const cells = [name, Math.round(row.tokensPerSecond), ms(row.firstMedian), ms(row.first95), replies];
  line(
    ...cells,
    row.tokensPerReply.toFixed(0),
    row.errors,
    ms(row.late99),
    ms(row.healthMax),
    row.serverCores?.toFixed(2),
    row.serverMicroseconds.toFixed(0),
    row.clientCores.toFixed(2),
  );
  if (row.error && !options.json) process.stderr.write(`  ${row.error}\n`);
  return row;
}

async function load(servers, clients) {
  line(
    "clients",
    "tokens/s",
    "first",
    "first 95%",
    "replies",
    "tokens each",
    "errors",
    "late 99%",
    "health max",
    "srv cores",
    "srv us/token",
    "cli cores",
  );
  const rows = [];
  for (let round = 0; round < number("rounds"); round++) {
    for (const server of servers) {
      const mark = servers.length > 1 ? `${servers.indexOf(server) + 1}: ` : "";
      const one = async () => {
        const seen = await measure(server, clients, "stream", {
          clients: 1,
          seconds: oneSeconds,
          seed: 7 + round,
        });
        rows.push({ server: server.name, clients: 1, ...tell(`${mark}1`, seen) });
      };
      await one();
      const seen = await measure(server, clients, "stream", { clients: many, seconds, seed: 1 + round });
      const settled = seen.samples.slice(seen.samples.length >> 2);
      rows.push({
        server: server.name,
        clients: many,
        ...tell(`${mark}${many}`, seen),
        memory: growth(settled),
      });
      await one();
    }
  }
  return rows;
}

const speedOf = (rows, server, clients) =>
  median(
    rows.filter((row) => row.server === server && row.clients === clients).map((row) => row.tokensPerSecond),
  );

async function crowded(server, clients) {
  const given = { clients: number("crowd"), seconds: number("crowd-seconds") };
  const seen = await measure(server, clients, "crowd", given);
  const { served, refused, given: up, errors, retryAfter, firsts, health: lives, samples } = seen;
  const most = Math.max(...samples.map(({ rss }) => rss));
  const after = await measure(server, clients, "stream", { clients: 1, seconds: oneSeconds });
  const row = {
    clients: given.clients,
    served,
    refusals: refused,
    gaveUp: up,
    errors: errors.length,
    error: errors[0],
    retryAfter: { least: at(retryAfter, 0), most: at(retryAfter, 1) },
    firstMedian: median(firsts),
    healthMedian: lives.median,
    healthMax: lives.max,
    rssMost: most,
    tokensPerSecondAfter: after.tokens / after.seconds,
  };
  return row;
}

async function main() {
  const servers = [];
  for (const cli of options.cli.split(",")) servers.push(await startServer(cli));
  const clients = started(fork(join(here, "serve/clients.mjs")));
  await message(clients);
  const starts = { none: () => undefined, server: () => startInServer(servers[0]), process: startTraining };
  const training = await starts[options.train === "none" ? "none" : options["train-in"]]();
  const steps = await training?.stepsNow();
  const begun = performance.now();
  const rows = await load(servers, clients);
  const stepsPerSecond =
    training && (1000 * ((await training.stepsNow()) - steps)) / (performance.now() - begun);
  const summary = servers.map(({ name }) => {
    const [one, all] = [speedOf(rows, name, 1), speedOf(rows, name, many)];
    const { memory } = rows.findLast((row) => row.server === name && row.clients === many);
    return { server: name, one, many: all, ratio: all / one, memory };
  });
  const crowd = number("crowd") > 0 ? await crowded(servers.at(-1), clients) : undefined;
  const result = {
    options,
    cpu: cpus()[0]?.model,
    cores: cpus().length,
    rows,
    summary,
    stepsPerSecond,
    crowd,
  };
  const text = told(result);
  process.stdout.write(options.json ? `${JSON.stringify(result)}\n` : text);
  if (options.write) writeFileSync(join(here, "serve-results.md"), section(result));
}

function told({ summary, stepsPerSecond, crowd }) {
  const lines = summary.map(
    ({ server, one, many: all, ratio, memory: { first, second, slope } }) =>
      `${summary.length > 1 ? `${server}: ` : ""}${many} clients make ${Math.round(all)} tokens/s, one ${Math.round(one)}: ${ratio.toFixed(2)} times. ` +
      `Memory of the server: ${(first / MIB).toFixed(1)} MiB in the first half, ${(second / MIB).toFixed(1)} MiB in the second, ${(slope / MIB).toFixed(1)} MiB a minute.`,
  );
  if (stepsPerSecond !== undefined)
    lines.push(`The training took ${stepsPerSecond.toFixed(1)} steps a second meanwhile.`);
  if (crowd)
    lines.push(
      `${crowd.clients} at once: ${crowd.served} served, ${crowd.refusals} refusals with Retry-After ${crowd.retryAfter.least} to ${crowd.retryAfter.most} s, ` +
        `${crowd.gaveUp} not served in time, ${crowd.errors} errors${crowd.error ? ` (${crowd.error})` : ""}; /health in ${ms(crowd.healthMedian)}, at most ${ms(crowd.healthMax)}; ` +
        `memory at most ${(crowd.rssMost / MIB).toFixed(0)} MiB; one client afterwards ${Math.round(crowd.tokensPerSecondAfter)} tokens/s.`,
    );
  return `${lines.join("\n")}\n`;
}

/** A section of Markdown. */
function section(result) {
  const { rows, cpu, cores } = result;
  const table = rows.map((row) =>
    [
      row.clients,
      Math.round(row.tokensPerSecond),
      ms(row.firstMedian),
      ms(row.first95),
      row.replies,
      row.errors,
      ms(row.late99),
    ].join(" | "),
  );
  const head = [
    "clients",
    "tokens/s",
    "first token",
    "95%",
    "replies",
    "errors",
    "event loop late, 99%",
  ].join(" | ");
  return `# The server under load

\`node bench/serve-load.mjs ${process.argv.slice(2).join(" ")}\` on ${cores} cores of ${cpu}, model ${options.model}, training ${options.train} meanwhile.

| ${head} |
|${" --- |".repeat(7)}
${table.map((cells) => `| ${cells} |`).join("\n")}

${told(result)}`;
}

try {
  await main();
} finally {
  for (const child of children) if (!child.over) child.kill("SIGTERM");
  await Promise.all(children.map((child) => child.over || new Promise((done) => child.once("exit", done))));
  rmSync(workspace, { recursive: true, force: true });
}
