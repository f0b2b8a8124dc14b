import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { type Checkpoint, saveCheckpoint } from "../../checkpoint/index.ts";
import { ReferenceDevice } from "../../engine/index.ts";
import { generationConfig } from "../../generate/index.ts";
import { layoutOf, modelConfig, Transformer, Weights } from "../../model/index.ts";
import { CharacterTokenizer } from "../../text/index.ts";
import { Workspace } from "../../workspace/index.ts";
import { FileStorage } from "../file-storage.ts";
import { findModel, importedNames } from "../find-model.ts";
import { findByAddress } from "./find-ours.ts";
import { NodeModelHost, type NodeModelHostOptions } from "./host.ts";
import { readSettings } from "./settings.ts";

const folder = mkdtempSync(join(tmpdir(), "parrotlet-host-"));
const env = { HF_HOME: join(folder, "hf") };
const workspace = new Workspace(new FileStorage(folder));

/** A model that says nothing sensible, in a folder. */
async function write(path: string): Promise<void> {
  const tokenizer = CharacterTokenizer.fit(["abcdefgh "], { special: "chat" });
  const shape = { contextWindow: 32, width: 8, layers: 1, heads: 2 };
  const model = new Transformer(modelConfig({ vocabulary: tokenizer.size, ...shape }));
  const weights = new Weights(new ReferenceDevice(), layoutOf(model)).initialize(1);
  await saveCheckpoint(workspace.storage, path, { model, weights, tokenizer } as Checkpoint);
}

const server = createServer((request, response) => {
  if (request.url === "/v1/models") {
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify({ data: [{ id: "llama3:8b", max_model_len: 512 }] }));
  }
});
let port: number;

beforeAll(async () => {
  await write("runs/one/checkpoints/step-000010");
  await write("runs/one/checkpoints/step-000020");
  await write("models/kept/mine");
  mkdirSync(join(folder, "models/broken"));
  writeFileSync(join(folder, "models/broken/config.json"), "{");
  writeFileSync(join(folder, "models/big.Q8.gguf"), "GGUF");
  mkdirSync(join(folder, "models/other/onnx"), { recursive: true });
  writeFileSync(join(folder, "models/other/onnx/model.onnx"), "");
  writeFileSync(join(folder, "models/other/config.json"), "{}");
  mkdirSync(join(folder, "hf/hub/models--o--m--x/snapshots/abc/onnx"), { recursive: true });
  writeFileSync(join(folder, "hf/hub/models--o--m--x/snapshots/abc/onnx/model_q8.onnx"), "");
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  port = (server.address() as AddressInfo).port;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
  rmSync(folder, { recursive: true });
});

async function hostWith(options: Partial<NodeModelHostOptions> = {}) {
  const settings = await readSettings({ workspace: folder, env });
  const openDevice = vi.fn(async () => new ReferenceDevice());
  const host = new NodeModelHost({ workspace, folder, settings, env, openDevice, ...options });
  return { host, settings, openDevice };
}

describe("the models of a machine", () => {
  it("are runs, files, servers' and the hub's, and what cannot be opened is told", async () => {
    const { settings } = await hostWith();
    const openai = [{ url: `http://127.0.0.1:${port}/v1` }, { url: `http://127.0.0.1:${port}/silent` }];
    const { host } = await hostWith({ settings: { ...settings, openai }, patience: 700 });
    const { models, unreachable } = await host.survey();
    const parameters = expect.any(Number);
    expect(models).toMatchObject([
      // Its files say no more than that it has these checkpoints.
      ...models.filter(({ address }) => address === "run:one"),
      {
        address: `folder:${join(folder, "models/kept/mine")}`,
        ...{ kind: "tiny", about: "conversations", contextWindow: 32, parameters },
      },
      { address: `hf:${join(folder, "models/other")}`, kind: "transformers" },
      { address: `openai:http://127.0.0.1:${port}/v1#llama3:8b`, name: "llama3:8b", contextWindow: 512 },
      { address: "hf:o/m--x", kind: "transformers" },
    ]);
    expect(unreachable.map(({ address }) => address)).toEqual(
      expect.arrayContaining([
        `folder:${join(folder, "models/broken")}`,
        `gguf:${join(folder, "models/big.Q8.gguf")}`,
        `openai:http://127.0.0.1:${port}/silent`,
      ]),
    );
    const byName = await host.open("llama3:8b");
    expect(byName.backend).toMatchObject({ kind: "openai", contextWindow: 512 });
    await host.close();
  });

  it("are not taken for models of ours where other programs' lie beside them", async () => {
    await write("models/brought");
    expect(await importedNames(workspace)).toEqual(["brought"]);
    await expect(findModel(workspace, "other")).rejects.toMatchObject({ code: "model-not-found" });
    expect((await findByAddress(workspace, "brought")).label).toBe("brought");
    expect((await findByAddress(workspace, "run:one@10")).label).toBe("one@10");
    for (const address of ["gguf:a.gguf", "hf:o/m", "openai:http://a#m"])
      await expect(findByAddress(workspace, address)).rejects.toMatchObject({ code: "model-not-found" });
    rmSync(join(folder, "models/brought"), { recursive: true });
  });

  it("are opened once, however many ask at once, and shared", async () => {
    const { host, openDevice } = await hostWith();
    const held = await Promise.all([
      host.open("run:one@10"),
      host.open("one@10"),
      host.open("run:one@000010"),
    ]);
    expect(new Set(held.map(({ backend }) => backend)).size).toBe(1);
    expect(held[0]?.backend.address).toBe("run:one@10");
    const other = await host.open("run:one@20");
    expect(other.backend).not.toBe(held[0]?.backend);
    expect(openDevice).toHaveBeenCalledTimes(1);
    for (const each of held) each.release();
    const again = await host.open("run:one@10");
    expect(again.backend).toBe(held[0]?.backend);
    const events = again.backend.reply(
      [{ role: "user", text: "abc" }],
      generationConfig({ maxNewTokens: 2 }),
    );
    let last: unknown;
    for await (const event of events) last = event;
    expect(last).toMatchObject({ type: "end", usage: { promptTokens: expect.any(Number) } });
    await host.close();
    await expect(host.open("run:one@10")).rejects.toThrow(/internal: a host of models is closed/);
  });

  it("mean the best checkpoint of a run as it is now, and files as they are now", async () => {
    const { host } = await hostWith();
    const first = await host.open("run:one");
    expect(first.backend.address).toBe("run:one@20");
    await write("runs/one/checkpoints/step-000030");
    const second = await host.open("run:one");
    expect(second.backend.address).toBe("run:one@30");
    rmSync(join(folder, "runs/one/checkpoints/step-000030"), { recursive: true });
    const file = join(folder, "runs/one/checkpoints/step-000020/model.safetensors");
    utimesSync(file, new Date(0), new Date(0));
    expect((await host.open("run:one")).backend).not.toBe(first.backend);
    await host.close();
  });

  it("close when nobody has held them for a while, or others came", async () => {
    const { host } = await hostWith({ mostOpen: 1, keep: 30 });
    const [a, b] = [await host.open("run:one@10"), await host.open("run:one@20")];
    const closed = [a, b].map(({ backend }) => vi.spyOn(backend, "close"));
    a.release();
    a.release();
    await expect.poll(() => closed.map(({ mock }) => mock.calls.length)).toEqual([1, 0]);
    b.release();
    await expect.poll(() => closed[1]?.mock.calls.length).toBe(1);
    await host.close();
    expect(closed.map(({ mock }) => mock.calls.length)).toEqual([1, 1]);
  });

  it("are refused where too many are in use", async () => {
    const { host } = await hostWith({ mostHeld: 1 });
    const held = await host.open("run:one@10");
    await expect(host.open("run:one@20")).rejects.toMatchObject({ code: "busy" });
    (await host.open("run:one@10")).release();
    held.release();
    (await host.open("run:one@20")).release();
    await host.close();
  });

  it("that cannot be opened are tried again by who asks again", async () => {
    const openDevice = vi.fn(async () => new ReferenceDevice());
    openDevice.mockRejectedValueOnce(new Error("no device"));
    const { host } = await hostWith({ openDevice });
    await expect(host.open("run:one@10")).rejects.toThrow("no device");
    expect((await host.open("run:one@10")).backend.name).toBe("one@10");
    await host.close();
  });

  it.each([
    ["run:two", "model-not-found"],
    ["run:one@11", "model-not-found"],
    ["starter:one", "model-not-found"],
    ["folder:one", "model-not-found"],
    ["gguf:none.gguf", "model-not-found"],
    ["rum:one", "bad-address"],
    ["nobody", "model-not-found"],
  ])("%s: %s", async (reference, code) => {
    const { host } = await hostWith();
    await expect(host.open(reference)).rejects.toMatchObject({ code });
    await host.close();
  });

  it("begin with the one that the settings name", async () => {
    const { settings } = await hostWith();
    const { host } = await hostWith({ settings: { ...settings, model: "run:one@10" } });
    expect((await host.open()).backend.address).toBe("run:one@10");
    await host.close();
  });
});
