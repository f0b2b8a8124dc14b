import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { keyFor, readSettings } from "./settings.ts";

const workspace = mkdtempSync(join(tmpdir(), "parrotlet-settings-"));
afterAll(() => rmSync(workspace, { recursive: true }));

const read = (yaml: string | undefined, env: Record<string, string> = {}) => {
  rmSync(join(workspace, "parrotlet.yaml"), { force: true });
  if (yaml !== undefined) writeFileSync(join(workspace, "parrotlet.yaml"), yaml);
  return readSettings({ workspace, env });
};

describe("settings", () => {
  it("say nothing where there is no file", async () => {
    const none = { generation: {}, openai: [], transformers: {}, llama: {}, server: { limits: {} } };
    expect(await read(undefined)).toMatchObject(none);
    expect(await read("")).toMatchObject(none);
    expect((await read("# nothing\n")).model).toBeUndefined();
  });

  it("are read from a file, over which variables win", async () => {
    const yaml = `
model: run:pip
generation: { temperature: 0.5, topK: 7, stopSequences: ["\\n"], logitBias: { 3: -5 } }
openai: [{ url: "http://localhost:1234", name: studio, contextWindow: 99, key: STUDIO_KEY }]
transformers: { dtype: q8 }
server: { port: 81, limits: { waiting: 9 } }
`;
    expect(await read(yaml)).toMatchObject({
      model: "run:pip",
      generation: { temperature: 0.5, topK: 7, stopSequences: ["\n"], logitBias: { 3: -5 } },
      openai: [{ url: "http://localhost:1234/v1", name: "studio", contextWindow: 99, key: "STUDIO_KEY" }],
      transformers: { dtype: "q8" },
      server: { port: 81, limits: { waiting: 9 } },
    });
    const env = {
      PARROTLET_MODEL: "starter:pip",
      PARROTLET_TEMPERATURE: "0",
      PARROTLET_MAX_NEW_TOKENS: "33",
      PARROTLET_OPENAI_URL: "http://10.0.0.1:8080/v1",
      PARROTLET_PORT: "82",
      PARROTLET_STOP: "\\n\\n",
    };
    expect(await read(yaml, env)).toMatchObject({
      model: "starter:pip",
      generation: { temperature: 0, topK: 7, maxNewTokens: 33, stopSequences: ["\n\n"] },
      openai: [{ url: "http://10.0.0.1:8080/v1" }, { name: "studio" }],
      server: { port: 82, limits: { waiting: 9 } },
    });
  });

  it.each([
    ["mdoel: run:pip", /mdoel is not known. Did you mean model\?/],
    ["generation: { topk: 1 }", /generation.topk is not known. Did you mean topK\?/],
    [
      "openai: [{ url: 'http://a', contextwindow: 9 }]",
      /openai.0.contextwindow is not known. Did you mean contextWindow\?/,
    ],
    ["openai: [{ url: 'a' }]", /openai.0.url is "a"; it A server's address begins/],
    ["openai: [{ url: 'http://a', key: sk-123 }]", /openai.0.key .* the NAME of a variable/],
    ["openai: [{}]", /openai.0.url is missing/],
    [
      "generation: { temperature: warm }",
      /generation.temperature is "warm"; it must be a number from 0 to 100/,
    ],
    ["generation: { stopSequences: [''] }", /must not be empty/],
    ["generation: { logitBias: { a: 1 } }", /logitBias names the token "a"/],
    ["generation: 7", /generation is 7; it must hold keys and values/],
    ["server: { limits: { wating: 1 } }", /server.limits.wating is not known. Did you mean waiting\?/],
    ["transformers: { dtype: q9 }", /one of auto, fp32/],
    ["a: [", /not YAML/],
    ["- 1", /0 is not known. Known here: model/],
    [`a: ${"[".repeat(60)}${"]".repeat(60)}`, /nested more than 40 deep/],
    [`# ${"x".repeat(300_000)}`, /it may have 262144/],
    ["a: &a [1,1,1,1,1]\nb: &b [*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b]\nd: [*c,*c,*c,*c,*c]", /alias/i],
  ])("%.60s is refused", async (yaml, message) => {
    await expect(read(yaml)).rejects.toMatchObject({
      code: "settings-invalid",
      message: expect.stringMatching(message),
    });
  });

  it("of a file that was asked for need it", async () => {
    const file = join(workspace, "none.yaml");
    const missing = { code: "settings-invalid", message: expect.stringContaining("no such file") };
    await expect(readSettings({ workspace, file, env: {} })).rejects.toMatchObject(missing);
    await expect(readSettings({ workspace, env: { PARROTLET_CONFIG: file } })).rejects.toMatchObject(missing);
    writeFileSync(file, "model: run:other");
    expect((await readSettings({ workspace, file, env: {} })).model).toBe("run:other");
    const wrong = readSettings({ workspace, file, env: { PARROTLET_PORT: "many" } });
    await expect(wrong).rejects.toMatchObject({ message: expect.stringMatching(/PARROTLET_.*server.port/) });
  });

  it("give each server the key that is its own, and no other", async () => {
    const openai = [{ url: "http://a/v1", key: "A_KEY" }, { url: "http://b/v1" }];
    const env = {
      ...{ A_KEY: "a", OPENAI_API_KEY: "o", PARROTLET_OPENAI_KEY: "p" },
      PARROTLET_OPENAI_URL: "http://mine:8080",
    };
    const keys = (...urls: string[]) => urls.map((url) => keyFor({ openai }, url, env));
    expect(keys("http://a/v1", "http://mine:8080/v1", "https://api.openai.com/v1")).toEqual(["a", "p", "o"]);
    const others = [
      "http://b/v1",
      "http://c/v1",
      "http://mine:8081/v1",
      "http://mine:8080/v2",
      "https://mine:8080/v1",
      "http://api.openai.com/v1",
      "https://api.openai.com.evil.example/v1",
      "https://evil.example/api.openai.com/v1",
      "https://api.openai.com:8443/v1",
    ];
    for (const url of others) expect(keys(url), url).toEqual([undefined]);
    expect(keyFor({ openai }, "http://a/v1", { OPENAI_API_KEY: "o" })).toBeUndefined();
    const named = [{ url: "http://c/v1", key: "OPENAI_API_KEY" }];
    expect(keyFor({ openai: named }, "http://c/v1", env)).toBe("o");
    // The entry of a server that a variable names, too, is still its entry.
    const yaml = "openai: [{ url: 'http://b' }, { url: 'http://a', key: A_KEY, contextWindow: 9 }]";
    const settings = await read(yaml, { PARROTLET_OPENAI_URL: "http://a/" });
    expect(settings.openai).toEqual([
      { url: "http://a/v1", key: "A_KEY", contextWindow: 9 },
      { url: "http://b/v1" },
    ]);
  });
});
