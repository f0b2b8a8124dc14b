// Trainings run in a built file, so all of this is tested as it is shipped.
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import {
  FileStorage,
  type Listening,
  listen,
  NodeModelHost,
  NodeTrainingDesk,
  openDevice,
  readSettings,
  systemSources,
} from "../dist/node/index.js";
import { createApi, createServer } from "../dist/server/index.js";
import { Workspace } from "../dist/workspace/index.js";
import { allEvents, eventsOf, type ReadEvent } from "./read-events.ts";

// biome-ignore lint/suspicious/noExplicitAny: answers of any shape
type Body = any;

let listening: Listening;
const errors: unknown[] = [];
const open: { close(): Promise<void> }[] = [];

async function start({ readOnly = false, mostAtOnce = 1 } = {}) {
  const root = mkdtempSync(join(tmpdir(), "parrotlet-"));
  const workspace = new Workspace(new FileStorage(root));
  const settings = await readSettings({ workspace: root, env: {} });
  const host = new NodeModelHost({
    ...{ workspace, folder: root, settings, env: {} },
    openDevice: () => openDevice("auto", { threads: 1 }),
  });
  const desk = new NodeTrainingDesk({ workspace, root, threads: 1, mostAtOnce });
  const api = createApi({ workspace, sources: systemSources, desk, readOnly });
  const log = { error: (_: string, error: unknown) => void errors.push(error) };
  listening = await listen(createServer({ host, version: "1.2.3", log, ...api }), { port: 0 });
  open.push(listening, host);
  return { root, workspace };
}

const send = (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) =>
  fetch(`${listening.url}${path}`, {
    method,
    headers: { ...(body === undefined ? {} : { "content-type": "application/json" }), ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
const get = async (path: string): Promise<Body> => (await send("GET", path)).json();
const post = async (path: string, body?: unknown): Promise<Body> => (await send("POST", path, body)).json();
const asJson = async (path: string): Promise<Body> =>
  (await send("GET", path, undefined, { accept: "application/json" })).json();

const recipe = {
  name: "tiny",
  data: "tinytalks",
  model: { width: 16, layers: 1, heads: 2, contextWindow: 80 },
  training: { steps: 200, batch: 8, checkpointSteps: 50 },
  optimizer: { rate: 0.02 },
};
const endless = { ...recipe, training: { ...recipe.training, steps: 1_000_000, checkpointSteps: 1_000_000 } };

/** Steps of events, to see that none is missing and none is there twice. */
const idsOf = (events: readonly ReadEvent[]): number[] =>
  events.flatMap(({ id }) => (id === undefined ? [] : [Number(id)]));
const upTo = (count: number): number[] => Array.from({ length: count }, (_, at) => at + 1);

describe("the trainings of a server", () => {
  afterEach(async () => {
    for (const each of open.splice(0)) await each.close();
    expect(errors.splice(0)).toEqual([]);
  });

  it("begin, are watched, and are models in the end", async () => {
    const { workspace } = await start();
    const response = await send("POST", "/api/trainings", { recipe, seed: 3 });
    expect(response.status).toBe(201);
    expect(await response.json()).toMatchObject({ run: "tiny", steps: 200 });
    const events = await allEvents(await send("GET", "/api/runs/tiny/events"));
    expect(events.map(({ event }) => event)).toEqual(events.map(({ data }) => data["type"]));
    expect(events[0]).toMatchObject({ id: "1", event: "start", data: { steps: 200 } });
    expect(events.at(-1)).toMatchObject({
      id: undefined,
      event: "end",
      data: { reason: "steps", step: 200 },
    });
    expect(idsOf(events)).toEqual(upTo(events.length - 1));
    const kept = await (await workspace.run("tiny")).events();
    expect(events.map(({ data }) => data)).toEqual(JSON.parse(JSON.stringify(kept)));
    const run = await get("/api/runs/tiny");
    expect(run).toMatchObject({ name: "tiny", live: false, state: { status: "finished" } });
    expect(run.recipe).toContain("seed: 3");
    expect(run.checkpoints.map(({ step }: Body) => step)).toEqual([0, 50, 100, 150, 200]);
    expect(run.checkpoints.filter(({ best }: Body) => best)).toHaveLength(1);
    expect(run.report).toMatchObject({ step: 200, pairs: 37 });
    expect((await get("/api/runs")).runs).toMatchObject([{ name: "tiny", step: 200, damaged: false }]);
    expect(await get("/api/trainings/tiny")).toMatchObject({ status: "ended", step: 200, reason: "steps" });
    expect(await get("/api/models/run:tiny@100")).toMatchObject({
      kind: "tiny",
      recipe: "tiny",
      checkpoints: [{ step: 0 }, {}, { step: 100, scores: { pairs: 37 } }, {}, {}],
    });
    expect((await send("POST", "/api/runs/tiny/resume")).status).toBe(409);
  });

  it("are watched without a gap or a double by who is cut off and comes back", async () => {
    await start();
    await post("/api/trainings", { recipe });
    const ids: number[] = [];
    let ends = 0;
    for (let round = 0; ends === 0 && round < 500; round++) {
      const from = ids.at(-1);
      const headers: Record<string, string> = from === undefined ? {} : { "last-event-id": String(from) };
      const cut = new AbortController();
      const url = `${listening.url}/api/runs/tiny/events`;
      const response = await fetch(url, { headers, signal: cut.signal });
      let read = 0;
      for await (const { id, event } of eventsOf(response)) {
        if (id !== undefined) ids.push(Number(id));
        if (event === "end") ends++;
        if (++read === 30) break;
      }
      cut.abort();
    }
    expect(ends).toBe(1);
    expect(ids).toEqual(upTo(ids.length));
    const { events } = await asJson("/api/runs/tiny/events?limit=5000");
    expect(events).toHaveLength(ids.length + 1);
    const seen: number[] = [];
    for (let next: number | undefined = 0; next !== undefined; ) {
      const page: Body = await asJson(`/api/runs/tiny/events?after=${next}&limit=50`);
      seen.push(...page.events.map(({ line }: Body) => line));
      next = page.next;
    }
    expect(seen).toEqual(upTo(events.length));
  });

  it("rest, go on, stop with a checkpoint, and go on from that", async () => {
    const { workspace } = await start();
    const { run } = await post("/api/trainings", { recipe: endless, name: "long" });
    expect(run).toBe("long");
    const second = await send("POST", "/api/trainings", { recipe });
    expect([second.status, second.headers.get("retry-after")]).toEqual([429, "30"]);
    expect((await second.json()) as Body).toMatchObject({ error: { code: "busy" } });
    expect(await post("/api/trainings/long/pause")).toMatchObject({ status: "paused" });
    const resting = await asJson("/api/runs/long/events");
    const version = (await get("/api/trainings/long")).step;
    await new Promise((done) => setTimeout(done, 150));
    const later = await asJson("/api/runs/long/events");
    // The thread may have made the next event already, but no more than that.
    expect(later.events.length - resting.events.length).toBeLessThan(2);
    expect((await get("/api/trainings/long")).step).toBe(version);
    expect(await post("/api/trainings/long/resume")).toMatchObject({ status: "training" });
    while ((await get("/api/trainings/long")).step === version)
      await new Promise((done) => setTimeout(done, 5));
    const watching = send("GET", "/api/runs/long/events").then(allEvents);
    const stopped = await post("/api/trainings/long/stop");
    expect(stopped).toMatchObject({ status: "ended", reason: "aborted" });
    const kept = await workspace.run("long");
    expect(await kept.resumableStep()).toBe(stopped.step);
    expect((await watching).at(-1)).toMatchObject({ event: "end", data: { reason: "aborted" } });
    expect((await post("/api/trainings/long/pause")).error.code).toBe("training-over");
    expect(await post("/api/runs/long/resume")).toMatchObject({ run: "long", steps: 1_000_000 });
    const last = (await watching).at(-2)?.id ?? "";
    const further = await send("GET", `/api/runs/long/events?after=${last}`);
    for await (const { id, event } of eventsOf(further)) {
      expect([event, id]).toEqual(["start", String(Number(last) + 1)]);
      break;
    }
    await post("/api/trainings/long/pause");
    const again = await post("/api/trainings/long/stop");
    expect(again.status).toBe("ended");
    expect(again.step).toBeGreaterThanOrEqual(stopped.step);
  });

  it("are gone on with once, though two ask at once", async () => {
    await start({ mostAtOnce: 2 });
    await post("/api/trainings", { recipe: endless });
    await post("/api/trainings/tiny/stop");
    const both = await Promise.all([1, 2].map(() => send("POST", "/api/runs/tiny/resume")));
    expect(both.map(({ status }) => status).sort()).toEqual([200, 409]);
    const refused: Body = await both.find(({ status }) => status === 409)?.json();
    expect(refused.error).toMatchObject({ code: "run-busy", message: "tiny is being trained already." });
    await post("/api/trainings/tiny/stop");
  });

  it("do not hold up who talks, nor are they held up", async () => {
    await start();
    await post("/api/trainings", { recipe });
    await allEvents(await send("GET", "/api/runs/tiny/events"));
    await post("/api/trainings", { recipe: endless, name: "beside" });
    const { id } = await post("/api/conversations", {});
    const reply = await send("POST", `/api/conversations/${id}/messages`, { text: "Hi", model: "tiny" });
    expect(reply.ok, reply.ok ? "" : await reply.text()).toBe(true);
    const said = await allEvents(reply);
    expect(said.at(-1)).toMatchObject({ event: "end", data: { message: { role: "assistant" } } });
    const { step } = await get("/api/trainings/beside");
    while ((await get("/api/trainings/beside")).step === step)
      await new Promise((done) => setTimeout(done, 5));
    expect(await post("/api/trainings/beside/stop")).toMatchObject({ reason: "aborted" });
  });

  it("end with a checkpoint when the server closes", async () => {
    const { workspace } = await start();
    await post("/api/trainings", { recipe: endless });
    const watching = send("GET", "/api/runs/tiny/events").then(allEvents);
    while ((await get("/api/trainings/tiny")).step < 1) await new Promise((done) => setTimeout(done, 5));
    await listening.close(20_000);
    expect((await watching).at(-1)).toMatchObject({ event: "end", data: { reason: "aborted" } });
    const run = await workspace.run("tiny");
    expect(await run.state()).toMatchObject({ status: "stopped", reason: "aborted" });
    expect(await run.resumableStep()).toBeGreaterThan(0);
  });

  it("read nothing of this machine, and are no larger than it bears", async () => {
    const { workspace } = await start();
    const data = (source: unknown, more: object = {}) => ({ recipe: { ...recipe, ...more, data: source } });
    const corpus = { task: "corpus" };
    const wrong: readonly (readonly [object, number, string])[] = [
      [{ recipe: "../recipes/tinytalks.yaml" }, 404, "recipe-not-found"],
      [{ recipe: "/etc/passwd" }, 404, "recipe-not-found"],
      [{ recipe: "hf:owner/dataset" }, 404, "recipe-not-found"],
      [{ recipe: "package.json" }, 404, "recipe-not-found"],
      [data("/etc/passwd"), 403, "data-not-allowed"],
      [data("corpora/tinytalks.yaml"), 403, "data-not-allowed"],
      [data("README.md", corpus), 403, "data-not-allowed"],
      [data("hf:owner/dataset", corpus), 403, "data-not-allowed"],
      [data("pack:./packs/pip.yaml", corpus), 403, "data-not-allowed"],
      [data("pack:../packs/pip.yaml/stories", corpus), 403, "data-not-allowed"],
      [data("pack:pip?size=90GB", corpus), 403, "data-not-allowed"],
      [
        data(
          [1, 2, 3].map((seed) => ({ source: `pack:pip?size=70MB&seed=${seed}` })),
          corpus,
        ),
        403,
        "data-not-allowed",
      ],
      [
        data("pack:pip?size=150MB", { ...corpus, evaluation: { data: "pack:pip?size=51MB" } }),
        403,
        "data-not-allowed",
      ],
      [data([{ source: "pack:pip" }, { source: "/etc" }], corpus), 403, "data-not-allowed"],
      [data("pack:pip", { ...corpus, evaluation: { data: "/etc/passwd" } }), 403, "data-not-allowed"],
      [{ recipe: { ...recipe, from: "/etc" } }, 403, "data-not-allowed"],
      [{ recipe: { ...recipe, from: "starters/pip" } }, 403, "data-not-allowed"],
      [{ recipe: { ...recipe, from: { model: "../x@best" } } }, 403, "data-not-allowed"],
      [{ recipe: { ...recipe, model: { ...recipe.model, width: 65536 } } }, 400, "recipe-invalid"],
      [{ recipe: { ...recipe, training: { ...recipe.training, batch: 1e6 } } }, 400, "recipe-invalid"],
      [{ recipe: { ...recipe, model: { ...recipe.model, heads: 3 } } }, 400, "recipe-invalid"],
      [{ recipe: { ...recipe, model: { ...recipe.model, contextWindow: 4 } } }, 400, "data-too-long"],
      [{ recipe: { ...recipe, training: {} } }, 400, "recipe-invalid"],
      [{ recipe: { ...recipe, speed: 1 } }, 400, "recipe-invalid"],
      [{ recipe, name: "../x" }, 400, "recipe-invalid"],
      [{ recipe, steps: 0 }, 400, "invalid_value"],
      [{ recipe, minutes: 1e9 }, 400, "invalid_value"],
      [{ recipe: 5 }, 400, "invalid_value"],
      [{}, 400, "missing_required_parameter"],
    ];
    for (const [body, status, code] of wrong) {
      const response = await send("POST", "/api/trainings", body);
      const { error } = (await response.json()) as Body;
      expect([response.status, error.code], JSON.stringify(body).slice(0, 200)).toEqual([status, code]);
    }
    expect(await workspace.runNames()).toEqual([]);
    expect((await get("/api/trainings")).trainings).toEqual([]);
    for (const path of ["/api/trainings/..%2fx/stop", "/api/trainings/tiny/pause", "/api/runs/%00/resume"])
      expect((await send("POST", path)).status, path).toBe(404);
  });

  it("go on only with runs of data that a request could name", async () => {
    const { workspace, root } = await start();
    const own = await workspace.createRun({ ...(await named()), data: join(root, "diary.yaml") }, "mine");
    const refused = await send("POST", `/api/runs/${own.name}/resume`);
    expect([refused.status, ((await refused.json()) as Body).error.code]).toEqual([403, "data-not-allowed"]);
    expect((await get("/api/runs/mine")).recipe).not.toContain(root);
    await workspace.storage.write("runs/mine/recipe.yaml", new TextEncoder().encode("name: ["));
    const damaged = await send("POST", "/api/runs/mine/resume");
    expect([damaged.status, ((await damaged.json()) as Body).error.code]).toEqual([409, "run-damaged"]);
  });

  it("are refused by a server for reading", async () => {
    const { workspace } = await start({ readOnly: true });
    const refused = await send("POST", "/api/trainings", { recipe: "tinytalks" });
    expect([refused.status, ((await refused.json()) as Body).error.code]).toEqual([403, "read-only"]);
    expect(await workspace.runNames()).toEqual([]);
  });
});

async function named() {
  const { findRecipe } = await import("../dist/node/index.js");
  return findRecipe("tinytalks");
}
