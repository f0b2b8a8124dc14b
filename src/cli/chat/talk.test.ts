import { expect, it } from "vitest";
import { MemoryStorage } from "../../base/index.ts";
import { ScriptedBackend } from "../../chat/scripted-backend.contract.ts";
import { NodeModelHost, systemSources } from "../../node/index.ts";
import { ConversationStore, Workspace } from "../../workspace/index.ts";
import { Keep } from "./keep.ts";
import { Talk } from "./talk.ts";

/** Opens models of which "here" is nobody's file, and "gone" a run that was deleted meanwhile. */
class CountingHost extends NodeModelHost {
  held: string[] = [];

  override async open(name = "here") {
    const backend = new ScriptedBackend({ name });
    if (name === "here") Object.defineProperty(backend, "kind", { value: "llama" });
    this.held.push(name);
    return { backend, release: () => void this.held.splice(this.held.indexOf(name), 1) };
  }
}

it("gives a model back of which nothing can be read", async () => {
  const storage = new MemoryStorage();
  const workspace = new Workspace(storage);
  const settings = { generation: {}, openai: [], transformers: {}, llama: {}, server: { limits: {} } };
  const host = new CountingHost({ workspace, folder: "", settings });
  const keep = new Keep(new ConversationStore(storage, systemSources), false, () => {});
  const options = { workspace, host, keep, given: {} };
  await expect(Talk.open("gone", options)).rejects.toMatchObject({ code: "model-not-found" });
  expect(host.held).toEqual([]);
  const talk = await Talk.open(undefined, options);
  await expect(talk.switchTo("gone")).rejects.toMatchObject({ code: "model-not-found" });
  expect([host.held, talk.about.label]).toEqual([["here"], "here"]);
});
