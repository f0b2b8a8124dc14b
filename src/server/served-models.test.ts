import { describe, expect, it } from "vitest";
import { ScriptedBackend } from "../chat/scripted-backend.contract.ts";
import { ChosenModels } from "./chosen-models.ts";
import { ServerMetrics } from "./metrics/server-metrics.ts";
import { ScriptedHost } from "./scripted-host.contract.ts";
import { ServedModels } from "./served-models.ts";

const backends = (...names: string[]): ScriptedBackend[] =>
  names.map((name) => new ScriptedBackend({ name }));
const served = (
  host: ConstructorParameters<typeof ServedModels>[0],
  most = 2,
  clock = () => 0,
): ServedModels => new ServedModels(host, most, new ServerMetrics(), clock);

describe("models that are served", () => {
  it("stay open between requests, the newest of them", async () => {
    const host = new ScriptedHost(...backends("a", "b", "c"));
    const models = served(host);
    for (const id of ["a", "b", "a", "c", undefined]) (await models.open(id)).release();
    expect(host.holds).toBe(2); // c and a
    models.close();
    expect(host.holds).toBe(0);
  });

  it("are given up within a second when the same address is another model", async () => {
    const host = new ScriptedHost(...backends("a"));
    let now = 0;
    const models = served(host, 2, () => now);
    (await models.open("a")).release();
    const opened = host.opened.length;
    const before = await models.open("a");
    expect(host.opened).toHaveLength(opened); // files are not looked at for each request
    const later = new ScriptedBackend({ name: "a" });
    (host.backends as Map<string, ScriptedBackend>).set("run:a", later);
    now = 1000;
    const again = await models.open("a");
    expect(again.backend).toBe(later);
    expect(host.holds).toBe(3); // the old one has a user still; the new one is kept and used
    before.release();
    before.release();
    expect(host.holds).toBe(2);
    again.release();
    expect(host.holds).toBe(1);
    models.close();
    expect(host.holds).toBe(0);
  });

  it("are those that are listed: no path, no URL, no other run is ever opened", async () => {
    const host = new ScriptedHost(...backends("a"));
    const models = served(host);
    const hostile = [
      "/etc",
      "../a",
      "./a",
      "gguf:/a.gguf",
      "openai:http://evil#x",
      "hf:a/b",
      "run:b",
      "run:b@1",
      "run:a@best",
      "run:a/../b@1",
      "folder:a",
      "a@",
      "",
      "__proto__",
    ];
    for (const id of hostile) await expect(models.open(id), id).rejects.toMatchObject({ status: 404 });
    expect(host.opened).toEqual([]);
  });

  it("have ids that tell no path and are unlike each other", async () => {
    const listings = [
      { address: "run:a", name: "a" },
      { address: "starter:a", name: "a" },
      { address: "gguf:/home/ada/b.gguf", name: "b" },
      { address: "gguf:/home/ben/b.gguf", name: "b" },
    ].map((each) => ({ ...each, kind: "tiny" as const, about: "" }));
    const host = Object.assign(new ScriptedHost(), { list: async () => listings });
    expect((await served(host).list()).map(({ id }) => id)).toEqual(["run:a", "starter:a", "b", "b-2"]);
  });

  it("are found as soon as they are there, though the list is kept for a moment", async () => {
    const host = new ScriptedHost(...backends("a"));
    let now = 1000;
    const models = new ServedModels(host, 4, new ServerMetrics(), () => now);
    await models.list();
    const [later] = backends("b");
    if (later) (host.backends as Map<string, ScriptedBackend>).set(later.address, later);
    now += 100;
    await expect(models.find("b")).rejects.toMatchObject({ status: 404 });
    now += 200;
    expect((await models.find("b")).address).toBe("run:b");
  });

  it("are found in the old list while a new one takes long; what is not in it is waited for", async () => {
    const host = new ScriptedHost(...backends("a"));
    let now = 1000;
    const models = served(host, 2, () => now);
    await models.list();
    const list = host.list.bind(host);
    let goOn: () => void = () => undefined;
    const down = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    host.list = async () => {
      await down;
      return list();
    };
    const [later] = backends("b");
    if (later) (host.backends as Map<string, ScriptedBackend>).set(later.address, later);
    now += 5000;
    expect((await models.find("a")).address).toBe("run:a");
    expect(await models.list()).toHaveLength(1);
    const found = models.find("b");
    goOn();
    expect((await found).address).toBe("run:b");
    expect(await models.list()).toHaveLength(2);
  });

  it("can be chosen: no other is listed or opened", async () => {
    const host = new ScriptedHost(...backends("a", "b", "c"));
    const chosen = await ChosenModels.open(host, ["run:c", "run:a"]);
    const models = served(chosen);
    expect((await models.list()).map(({ id }) => id)).toEqual(["c", "a"]);
    expect((await models.find(undefined)).id).toBe("c");
    for (const id of ["b", "run:b", "run:a@5"])
      await expect(models.open(id), id).rejects.toMatchObject({ status: 404 });
    await chosen.close();
    expect(host.holds).toBe(0);
    await expect(ChosenModels.open(host, ["run:a", "run:x"])).rejects.toMatchObject({
      code: "model-not-found",
    });
    expect(host.holds).toBe(0);
  });
});
