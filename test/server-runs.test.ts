import { afterEach, describe, expect, it } from "vitest";
import { encodeText } from "../src/base/index.ts";
import { checkRecipe } from "../src/train/index.ts";
import { Workspace } from "../src/workspace/index.ts";
import { allEvents } from "./read-events.ts";
import { type ServedConversations, serveConversations } from "./serve-for-test.ts";

// biome-ignore lint/suspicious/noExplicitAny: answers of any shape
type Body = any;

let served: ServedConversations;
const get = (path: string, headers: Record<string, string> = {}) =>
  fetch(`${served.url}${path}`, { headers });

const recipe = checkRecipe({
  name: "diary",
  task: "corpus",
  data: [{ source: "/home/ada/secret/diary.txt" }, { source: "pack:/home/ada/secret/me.yaml/stories" }],
  from: "/home/ada/secret/models/base",
  evaluation: { data: "C:\\Users\\secret\\other.txt" },
  model: { width: 16, layers: 1, heads: 2, contextWindow: 64 },
  training: { steps: 10 },
});
const event = (step: number) => ({ type: "progress", step, loss: 1 / step });

/** A run of so many lines, whose last was cut off in the middle. */
async function start(lines: number) {
  served = await serveConversations();
  const workspace = new Workspace(served.storage);
  const run = await workspace.createRun(recipe);
  const source = { source: "/home/ada/secret/diary.txt", about: "a file", bytes: 1 };
  const events = [{ type: "start", step: 0, sources: [source] }];
  for (let step = 1; step < lines; step++) events.push(event(step) as never);
  const text = events.map((each) => `${JSON.stringify(each)}\n`).join("");
  await served.storage.append("runs/diary/events.jsonl", encodeText(`${text}{"type":"prog`));
  return run;
}

describe("the runs of a server", () => {
  afterEach(() => served.listening.close());

  it("tell what happened after a line, and close where nobody trains them", async () => {
    await start(600);
    const all = await allEvents(await get("/api/runs/diary/events"));
    expect(all.map(({ id }) => id)).toEqual([
      ...Array.from({ length: 600 }, (_, at) => `${at + 1}`),
      undefined,
    ]);
    expect(all.at(-1)).toEqual({ id: undefined, event: "end", data: { type: "end" } });
    const some = await allEvents(await get("/api/runs/diary/events?after=598"));
    expect(some.map(({ data }) => data["step"])).toEqual([598, 599, undefined]);
    const none = await allEvents(await get("/api/runs/diary/events", { "last-event-id": "600" }));
    expect(none.map(({ event }) => event)).toEqual(["end"]);
  });

  it("are not kept open by who asks for the head alone", async () => {
    await start(3);
    const head = await fetch(`${served.url}/api/runs/diary/events`, { method: "HEAD" });
    expect([head.status, await head.text()]).toEqual([200, ""]);
    const metrics = await (await get("/metrics")).text();
    expect(metrics).toContain("parrotlet_streams 0\n");
    expect(metrics).toContain(
      'parrotlet_requests_total{method="HEAD",route="/api/runs/{name}/events",status="200"} 1\n',
    );
  });

  it("begin anew for who has seen more than there is: a crash cut the log back", async () => {
    await start(3);
    const all = await allEvents(await get("/api/runs/diary/events", { "last-event-id": "9" }));
    expect(all.map(({ event, id }) => [event, id])).toEqual([
      ["reset", undefined],
      ["start", "1"],
      ["progress", "2"],
      ["progress", "3"],
      ["end", undefined],
    ]);
  });

  it("tell nobody where data lie", async () => {
    await start(3);
    const json = { accept: "application/json" };
    for (const path of ["/api/runs", "/api/runs/diary", "/api/runs/diary/events"])
      for (const headers of [{}, json]) {
        const said = await (await get(path, headers)).text();
        expect(said.length).toBeGreaterThan(20);
        expect(said, path).not.toMatch(/secret|\/ada/);
      }
    const { recipe: yaml } = (await (await get("/api/runs/diary")).json()) as Body;
    for (const name of ["diary.txt", "me.yaml", "base", "other.txt"]) expect(yaml).toContain(name);
    await served.storage.write("runs/diary/recipe.yaml", encodeText("name: ["));
    const damaged = await get("/api/runs/diary");
    const { error } = (await damaged.json()) as Body;
    expect([damaged.status, error.code]).toEqual([409, "run-damaged"]);
    expect(((await (await get("/api/runs")).json()) as Body).runs).toMatchObject([{ damaged: true }]);
  });

  it("are asked for by names and numbers", async () => {
    await start(3);
    const wrong: readonly (readonly [string, Record<string, string>, number])[] = [
      ["/api/runs/..%2fconversations/events", {}, 404],
      ["/api/runs/%00", {}, 404],
      [`/api/runs/${"x".repeat(4000)}`, {}, 404],
      [`/api/runs/${encodeURIComponent("日本")}`, {}, 404],
      ["/api/runs/diary/events?after=-1", {}, 400],
      ["/api/runs/diary/events?after=1e3", {}, 400],
      ["/api/runs/diary/events", { "last-event-id": "../x" }, 400],
      ["/api/runs/diary/events?limit=9999999", { accept: "application/json" }, 400],
    ];
    for (const [path, headers, status] of wrong) {
      const response = await get(path, headers);
      expect(response.status, path).toBe(status);
      expect(((await response.json()) as Body).error.message).not.toMatch(/runs\/diary\/|recipe/);
    }
    expect(served.errors).toEqual([]);
  });
});
