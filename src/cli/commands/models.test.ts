import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, describe, expect, it, vi } from "vitest";
import { models } from "./models.ts";

const workspace = mkdtempSync(join(tmpdir(), "parrotlet-models-"));
afterAll(() => rmSync(workspace, { recursive: true }));
afterEach(() => void vi.restoreAllMocks());

/** What it prints. */
async function printed(options: { readonly json?: boolean } = {}): Promise<string> {
  let out = "";
  vi.spyOn(process.stdout, "write").mockImplementation((text) => {
    out += String(text);
    return true;
  });
  vi.stubEnv("HF_HOME", join(workspace, "hf"));
  expect(await models({ workspace, ...options })).toBe(0);
  vi.restoreAllMocks();
  return out;
}

describe("parrotlet models", () => {
  it("says what to do where there is none", async () => {
    expect(await printed()).toBe("There are no models yet. Train one: parrotlet train tinytalks\n");
  });

  it("lists what there is, and why something cannot be opened", async () => {
    mkdirSync(join(workspace, "models/onnx-one/onnx"), { recursive: true });
    writeFileSync(join(workspace, "models/onnx-one/onnx/model.onnx"), "");
    writeFileSync(join(workspace, "models/half.gguf"), "GGUF");
    writeFileSync(join(workspace, "parrotlet.yaml"), "openai: [{ url: 'http://127.0.0.1:9' }]");
    const out = await printed();
    expect(out).toContain(`hf:${join(workspace, "models/onnx-one")}`);
    expect(out).toMatch(/gguf:\S+half\.gguf cannot be opened: /);
    expect(out).toMatch(/openai:http:\/\/127\.0\.0\.1:9\/v1 cannot be opened: .*does not answer/);
    const lines = (await printed({ json: true })).trim().split("\n");
    const objects = lines.map((line) => JSON.parse(line) as { type: string });
    expect(objects.map(({ type }) => type).sort()).toEqual(["model", "unreachable", "unreachable"]);
  });

  it("refuses settings that cannot be", async () => {
    writeFileSync(join(workspace, "parrotlet.yaml"), "openai: 7");
    await expect(models({ workspace })).rejects.toMatchObject({ code: "settings-invalid" });
  });
});
