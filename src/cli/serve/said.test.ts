import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it, vi } from "vitest";
import { readSettings } from "../../node/index.ts";
import { hashKey } from "../../server/index.ts";
import { keyHashOf } from "./api-key.ts";
import { wishOf } from "./said.ts";

const workspace = mkdtempSync(join(tmpdir(), "parrotlet-serve-"));
afterAll(() => rmSync(workspace, { recursive: true }));

const settingsOf = (yaml: string, env: Record<string, string> = {}) => {
  writeFileSync(join(workspace, "parrotlet.yaml"), yaml);
  return readSettings({ workspace, env });
};

const file = `
generation: { temperature: 0.5, topK: 3 }
server:
  host: 10.0.0.1
  port: 81
  allowHost: [a.example]
  cors: ["https://a.example"]
  limits: { bodyBytes: 2048, waiting: 3, requestSeconds: 4, openModels: 2 }
`;

describe("a server that somebody wishes for", () => {
  it("is as the file says where nothing else does", async () => {
    expect(wishOf({}, await settingsOf(file))).toEqual({
      host: "10.0.0.1",
      port: 81,
      allowHost: ["a.example"],
      cors: ["https://a.example"],
      limits: { bodyBytes: 2048, waiting: 3, requestSeconds: 4, openModels: 2 },
      defaults: { temperature: 0.5, topK: 3 },
    });
    const none = { host: "127.0.0.1", port: undefined, allowHost: [], cors: [], limits: {}, defaults: {} };
    expect(wishOf({}, await settingsOf(""))).toStrictEqual(none);
  });

  it("is as variables say before the file, and as flags say before both", async () => {
    const env = { PARROTLET_HOST: "10.0.0.2", PARROTLET_PORT: "82", PARROTLET_TEMPERATURE: "0.6" };
    const settings = await settingsOf(file, env);
    expect(wishOf({}, settings)).toMatchObject({
      host: "10.0.0.2",
      port: 82,
      defaults: { temperature: 0.6 },
    });
    const flags = {
      ...{ host: "10.0.0.3", port: 0, temperature: 0, maxWaiting: 9, timeout: 8 },
      ...{ cors: ["*"], allowHost: ["b.example"] },
    };
    expect(wishOf(flags, settings)).toEqual({
      host: "10.0.0.3",
      port: 0,
      allowHost: ["b.example"],
      cors: ["*"],
      limits: { bodyBytes: 2048, waiting: 9, requestSeconds: 8, openModels: 2 },
      defaults: { temperature: 0, topK: 3 },
    });
  });
});

describe("the key of a server", () => {
  const keyFile = join(workspace, "key.txt");
  writeFileSync(keyFile, "key-of-the-file\n", { mode: 0o600 });
  const hash = (...[flags, server, env = {}]: [object, object, Record<string, string>?]) =>
    keyHashOf({ json: true, ...flags }, { limits: {}, ...server }, "127.0.0.1", env);

  it("is of a flag, then of a variable, then of the settings", async () => {
    const flags = { apiKey: "key-of-a-flag" };
    const env = { PARROTLET_API_KEY: "key-of-a-variable", MY_KEY: "key-by-its-name" };
    expect(await hash(flags, { keyFile }, env)).toEqual(await hashKey("key-of-a-flag"));
    expect(await hash({ apiKeyFile: keyFile }, {}, env)).toEqual(await hashKey("key-of-the-file"));
    expect(await hash({}, { keyFile }, env)).toEqual(await hashKey("key-of-a-variable"));
    expect(await hash({}, { keyFile, key: "MY_KEY" })).toEqual(await hashKey("key-of-the-file"));
    expect(await hash({}, { key: "MY_KEY" }, { MY_KEY: "key-by-its-name" })).toEqual(
      await hashKey("key-by-its-name"),
    );
    expect(await hash({}, {})).toBeUndefined();
  });

  it("is never none where the settings name one", async () => {
    const invalid = { code: "key-invalid" };
    await expect(hash({}, { key: "MY_KEY" })).rejects.toMatchObject(invalid);
    await expect(hash({}, { keyFile: join(workspace, "none") })).rejects.toMatchObject(invalid);
    await expect(keyHashOf({}, { limits: {} }, "10.0.0.1", {})).rejects.toMatchObject({ code: "key-needed" });
  });

  it.skipIf(process.platform === "win32")("that others can read is warned of", async () => {
    const said = vi.spyOn(process.stderr, "write").mockReturnValue(true);
    try {
      await hash({ json: false }, { keyFile });
      expect(said).not.toHaveBeenCalled();
      for (const mode of [0o640, 0o604]) {
        said.mockClear();
        chmodSync(keyFile, mode);
        await hash({ json: false }, { keyFile });
        expect(said.mock.calls.join()).toContain("chmod 600");
      }
    } finally {
      said.mockRestore();
    }
  });
});
