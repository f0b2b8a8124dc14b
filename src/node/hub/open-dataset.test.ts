import { mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as zlib from "node:zlib";
import { scanCacheDir } from "@huggingface/hub";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { HubServer } from "../../../test/hub-server.ts";
import { type ByteSource, decodeText } from "../../base/index.ts";
import type { HubOptions, HubProgress } from "./fetch-files.ts";
import { type HubDataset, openHubDataset } from "./open-dataset.ts";

const LARGE = Array.from({ length: 4000 }, (_, i) => `{"text":"line ${i}"}\n`).join("");

let server: HubServer;
let home: string;

beforeEach(async () => {
  server = await HubServer.start();
  home = mkdtempSync(join(tmpdir(), "parrotlet-hub-"));
});
afterEach(async () => {
  await server.stop();
  rmSync(home, { recursive: true });
});

const open = (text: string, { env, ...options }: HubOptions = {}): Promise<HubDataset> =>
  openHubDataset(text, {
    env: { HF_ENDPOINT: server.endpoint, HF_HOME: home, ...env },
    retryDelay: 1,
    ...options,
  });

const textOf = async (source: ByteSource | undefined): Promise<string> =>
  source ? decodeText(await source.read(0, source.size)) : "";

const filesBelow = (folder: string): string[] =>
  readdirSync(folder, { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory()
      ? filesBelow(join(folder, entry.name)).map((path) => `${entry.name}/${path}`)
      : [entry.name],
  );
const repository = (): string => join(home, "hub", "datasets--pip--talks");

describe("openHubDataset", () => {
  it("downloads what is for training and for validation, apart, and says what it is", async () => {
    const { commit } = server.add(
      "pip/talks",
      { "README.md": "# Talks", "train.jsonl": LARGE, "valid.jsonl": "{}\n", "test.jsonl": "{}\n" },
      { license: "cc-by-4.0" },
    );
    const progress: HubProgress[] = [];
    const dataset = await open("hf:pip/talks", { onProgress: (one) => progress.push(one) });
    expect(dataset).toMatchObject({ revision: commit, license: "cc-by-4.0" });
    expect(dataset.fingerprint).toMatch(/^[0-9a-f]{64}$/);
    expect(dataset.files.map(({ name, size }) => [name, size])).toEqual([
      ["pip/talks/train.jsonl", LARGE.length],
    ]);
    expect(await textOf(dataset.files[0])).toBe(LARGE);
    expect(decodeText((await dataset.files[0]?.read(20, 40)) ?? new Uint8Array())).toBe(LARGE.slice(20, 40));
    expect(dataset.validation?.map(({ name }) => name)).toEqual(["pip/talks/valid.jsonl"]);
    expect(progress.at(-1)).toEqual({
      file: "valid.jsonl",
      bytes: LARGE.length + 3,
      total: LARGE.length + 3,
    });
    expect(server.downloads).toEqual(["train.jsonl", "valid.jsonl"]);
  });

  it("keeps it as Hugging Face's own cache does, and asks for no byte the second time", async () => {
    const { commit } = server.add("pip/talks", { "train.jsonl": LARGE });
    const first = await open("hf:pip/talks");
    const before = server.downloads.length;
    const second = await open("hf:pip/talks");
    expect(second.fingerprint).toBe(first.fingerprint);
    expect(server.downloads).toHaveLength(before);
    expect(readFileSync(join(repository(), "refs/main"), "utf8")).toBe(commit);
    const pointer = join(repository(), "snapshots", commit, "train.jsonl");
    expect(readFileSync(pointer, "utf8")).toBe(LARGE);
    expect(realpathSync(pointer)).toContain("blobs");
    const { repos, warnings } = await scanCacheDir(join(home, "hub"));
    expect(warnings).toEqual([]);
    expect(repos).toMatchObject([
      { id: { name: "pip/talks", type: "dataset" }, size: LARGE.length, filesCount: 1 },
    ]);
    const known = server.requests.length;
    await open(`hf:pip/talks@${commit}`);
    expect(server.requests).toHaveLength(known);
  });

  it("fetches the file of a new commit only where it changed", async () => {
    server.add("pip/talks", { "train-1.jsonl": LARGE, "train-2.jsonl": "{}\n" });
    const { fingerprint } = await open("hf:pip/talks");
    server.add("pip/talks", { "train-1.jsonl": LARGE, "train-2.jsonl": "[]\n" });
    const changed = await open("hf:pip/talks");
    expect(changed.fingerprint).not.toBe(fingerprint);
    expect(server.downloads).toEqual(["train-1.jsonl", "train-2.jsonl", "train-2.jsonl"]);
  });

  it("goes on where a connection broke", async () => {
    server.add("pip/talks", { "train.jsonl": LARGE });
    server.breakAfter.push(5000, 700);
    const { files } = await open("hf:pip/talks");
    expect(await textOf(files[0])).toBe(LARGE);
    expect(server.requests.filter(({ host }) => host === "store").map(({ range }) => range)).toEqual([
      undefined,
      "bytes=5000-",
      "bytes=5700-",
    ]);
  });

  it("goes on where an earlier command stopped", async () => {
    server.add("pip/talks", { "train.jsonl": LARGE });
    server.breakAfter.push(9000, 0, 0, 0, 0, 0);
    await expect(open("hf:pip/talks")).rejects.toMatchObject({
      code: "hub-interrupted",
      message: expect.stringMatching(/9000 of \d+ bytes are kept: the same command goes on/),
    });
    const { files } = await open("hf:pip/talks");
    expect(await textOf(files[0])).toBe(LARGE);
    expect(server.requests.at(-1)).toMatchObject({ range: "bytes=9000-", host: "store" });
  });

  it("begins again where the server knows no ranges, or the kept part is wrong", async () => {
    server.add("pip/talks", { "train.jsonl": LARGE });
    server.ignoresRanges = true;
    server.breakAfter.push(5000);
    expect(await textOf((await open("hf:pip/talks")).files[0])).toBe(LARGE);
    server.ignoresRanges = false;
    const blobs = join(repository(), "blobs");
    const [id = ""] = readdirSync(blobs);
    for (const wrong of ["not the beginning", "x".repeat(LARGE.length), "x".repeat(LARGE.length + 9)]) {
      rmSync(join(blobs, id));
      writeFileSync(join(blobs, `${id}.parrotlet-part`), wrong);
      expect(await textOf((await open("hf:pip/talks")).files[0])).toBe(LARGE);
      expect(readdirSync(blobs)).toEqual([id]);
    }
  });

  it.each(["large", "small"])(
    "refuses a %s file with a wrong hash, and keeps nothing of it",
    async (size) => {
      server.add("pip/talks", { "train.jsonl": size === "large" ? LARGE : "abc" });
      server.spoiled.add("pip/talks:train.jsonl");
      await expect(open("hf:pip/talks")).rejects.toMatchObject({ code: "hub-damaged" });
      expect(readdirSync(join(repository(), "blobs"))).toEqual([]);
      server.spoiled.clear();
      await open("hf:pip/talks");
    },
  );

  it("refuses a file that is longer than it should be", async () => {
    const { files, commit } = server.add("pip/talks", { "train.jsonl": LARGE });
    const file = files.get("train.jsonl");
    await open("hf:pip/talks").then(() => rmSync(join(repository(), "blobs"), { recursive: true }));
    if (file) files.set("train.jsonl", { ...file, bytes: Buffer.from(`${LARGE}more`) });
    await expect(open(`hf:pip/talks@${commit}`)).rejects.toMatchObject({ code: "hub-damaged" });
    expect(readdirSync(join(repository(), "blobs"))).toEqual([]);
  });

  it("takes an empty file without asking for it", async () => {
    server.add("pip/talks", { "train-a.txt": "", "train-b.txt": "b" });
    expect((await open("hf:pip/talks")).files.map(({ size }) => size)).toEqual([0, 1]);
    expect(server.downloads).toEqual(["train-b.txt"]);
  });

  it("gives the token to the Hub, and not to where it redirects", async () => {
    server.add("pip/talks", { "train.jsonl": LARGE }).privateFor = "hf_secret";
    await open("hf:pip/talks", { env: { HF_TOKEN: "hf_secret" } });
    for (const { host, authorization } of server.requests) {
      expect(authorization).toBe(host === "hub" ? "Bearer hf_secret" : undefined);
    }
    expect(server.requests.map(({ host }) => host)).toContain("store");
  });

  it("finds the token that a login left", async () => {
    server.add("pip/talks", { "train.jsonl": "{}" }).privateFor = "other-than-hf";
    writeFileSync(join(home, "token"), "other-than-hf\n");
    expect((await open("hf:pip/talks")).files).toHaveLength(1);
  });

  it("says how to be let in", async () => {
    server.add("pip/talks", { "train.jsonl": "{}" }).gatedFor = "hf_accepted";
    await expect(open("hf:pip/talks")).rejects.toMatchObject({
      code: "hub-denied",
      message: expect.stringMatching(/Accept them at http:.*\/datasets\/pip\/talks.*HF_TOKEN/),
    });
    await expect(open("hf:pip/talks", { env: { HF_TOKEN: "hf_x" } })).rejects.toMatchObject({
      code: "hub-denied",
    });
    await open("hf:pip/talks", { env: { HF_TOKEN: "hf_accepted" } });
    server.failWith.push(401);
    await expect(open("hf:pip/talks", { env: { HF_TOKEN: "hf_x" } })).rejects.toMatchObject({
      code: "hub-denied",
      message: expect.stringContaining("not valid"),
    });
  });

  it("says what is not there, and what is", async () => {
    server.add("pip/talks", { "data/train.jsonl": "{}" });
    const missing = async (text: string): Promise<string> => {
      const error = await open(text).catch((caught: unknown) => caught);
      expect(error).toMatchObject({ code: "hub-not-found" });
      return (error as Error).message;
    };
    expect(await missing("hf:pip/talk")).toContain("Did you mean hf:pip/talks?");
    expect(await missing("hf:pop/talks")).toContain("Did you mean hf:pip/talks?");
    expect(await missing("hf:nobody/nothing")).toContain("HF_TOKEN");
    expect(await missing("hf:pip/talks@v9")).toContain('no revision "v9"');
    expect(await missing("hf:pip/talks/data/trian.jsonl")).toContain("Did you mean data/train.jsonl?");
    expect(await missing("hf:pip/talks/other/*.csv")).toContain("It has: data/train.jsonl");
  });

  it("tries again when the Hub is in trouble", async () => {
    server.add("pip/talks", { "train.jsonl": LARGE });
    server.failWith.push(503, 429, 500);
    expect((await open("hf:pip/talks")).files).toHaveLength(1);
  });

  it("does without network what the cache allows, and says so", async () => {
    const { commit } = server.add("pip/talks", { "train.jsonl": LARGE, "other.csv": "a,b" });
    const online = await open("hf:pip/talks");
    await server.stop();
    const notices: string[] = [];
    const offline = await open("hf:pip/talks", {
      onNotice: (notice) => notices.push(notice),
    });
    expect(offline.fingerprint).toBe(online.fingerprint);
    expect(notices).toEqual([
      expect.stringMatching(`ECONNREFUSED.*from the cache, as of commit ${commit.slice(0, 8)}`),
    ]);
    for (const [text, what] of [
      ["hf:pip/talks/other.csv", /other\.csv is not in the cache/],
      ["hf:pip/else", /nothing of pip\/else at main/],
    ] as const) {
      await expect(open(text)).rejects.toMatchObject({
        code: "hub-offline",
        message: expect.stringMatching(what),
      });
    }
    server = await HubServer.start();
  });

  it("asks nobody with HF_HUB_OFFLINE", async () => {
    server.add("pip/talks", { "train.jsonl": LARGE });
    const env = { HF_HUB_OFFLINE: "1" };
    await expect(open("hf:pip/talks", { env })).rejects.toMatchObject({ code: "hub-offline" });
    expect(server.requests).toEqual([]);
    await open("hf:pip/talks");
    const asked = server.requests.length;
    expect(await textOf((await open("hf:pip/talks", { env })).files[0])).toBe(LARGE);
    expect(server.requests).toHaveLength(asked);
  });

  it("reads offline what another program downloaded, with a doubt", async () => {
    const { commit } = server.add("pip/talks", {
      "train/b/c.jsonl": LARGE,
      "train/z.jsonl": "1",
      "train/b.jsonl": "2",
    });
    const { fingerprint } = await open("hf:pip/talks");
    rmSync(join(repository(), "parrotlet"), { recursive: true });
    const notices: string[] = [];
    const found = await open("hf:pip/talks", {
      env: { HF_HUB_OFFLINE: "1" },
      onNotice: (notice) => notices.push(notice),
    });
    expect(found).toMatchObject({ revision: commit, fingerprint });
    expect(notices.join()).toContain("cannot be told");
  });

  it.each([
    "../../outside.jsonl",
    "/etc/outside.jsonl",
    "data/../../../outside.jsonl",
    "C:\\outside.jsonl",
    "C:outside.jsonl",
    "a\\..\\outside.jsonl",
    "a//outside.jsonl",
    "a\0.jsonl",
  ])("refuses a repository with a file %j", async (path) => {
    const dataset = server.add("pip/talks", { "train.jsonl": "{}" });
    dataset.extra.push({ type: "file", path, size: 2, oid: "a".repeat(40) });
    await expect(open("hf:pip/talks")).rejects.toMatchObject({ code: "hub-damaged" });
    expect(filesBelow(home)).toEqual([]);
  });

  it.each([
    { path: "x.jsonl", size: 2, oid: "../../../outside" },
    { path: "x.jsonl", size: -2, oid: "a".repeat(40) },
    { path: "x.jsonl", size: 1e300, oid: "a".repeat(40) },
    { path: 7, size: 2, oid: "a".repeat(40) },
  ])("refuses a list with %j", async (entry) => {
    server.add("pip/talks", { "train.jsonl": "{}" }).extra.push({ type: "file", ...entry });
    await expect(open("hf:pip/talks")).rejects.toMatchObject({ code: "hub-damaged" });
  });

  it("refuses a commit that is none, and answers that are not the Hub's", async () => {
    server.add("pip/talks", { "train.jsonl": "{}" }).commit = "../../../outside";
    await expect(open("hf:pip/talks")).rejects.toMatchObject({ code: "hub-damaged" });
    await expect(open("hf:pip/talks", { env: { HF_ENDPOINT: "ftp://x" } })).rejects.toMatchObject({
      code: "hub-settings",
    });
  });

  it("says that there is too little room before it downloads", async () => {
    const dataset = server.add("pip/talks", { "train.jsonl": "{}" });
    dataset.extra.push({ type: "file", path: "train-2.jsonl", size: 2 ** 52, oid: "a".repeat(40) });
    await expect(open("hf:pip/talks")).rejects.toMatchObject({ code: "disk-full" });
    expect(server.downloads).toEqual([]);
  });

  it("unpacks", async () => {
    server.add("pip/talks", { "train.jsonl.gz": zlib.gzipSync(LARGE), "broken.txt.gz": "no gzip" });
    for (let time = 0; time < 2; time++) {
      const { files } = await open("hf:pip/talks/train.jsonl.gz");
      expect(files[0]?.name).toBe("pip/talks/train.jsonl");
      expect(await textOf(files[0])).toBe(LARGE);
    }
    await expect(open("hf:pip/talks/broken.txt.gz")).rejects.toMatchObject({ code: "hub-damaged" });
    server.add("pip/talks", { "bomb.txt.gz": zlib.gzipSync(Buffer.alloc(20 << 20)) });
    await expect(open("hf:pip/talks")).rejects.toMatchObject({ code: "hub-damaged" });
    expect(filesBelow(repository()).filter((path) => path.endsWith(".tmp"))).toEqual([]);
  });

  it("unpacks Zstandard where Node can, and else says so before it downloads", async () => {
    const { zstdCompressSync } = zlib as { zstdCompressSync?: (text: string) => Uint8Array };
    server.add("pip/talks", { "train.txt.zst": zstdCompressSync?.(LARGE) ?? "packed" });
    if (zstdCompressSync) expect(await textOf((await open("hf:pip/talks")).files[0])).toBe(LARGE);
    else {
      await expect(open("hf:pip/talks")).rejects.toMatchObject({ code: "hub-no-data" });
      expect(server.downloads).toEqual([]);
    }
  });

  it("lets go when told to", async () => {
    server.add("pip/talks", { "train.jsonl": LARGE });
    server.stalls = true;
    const stop = new AbortController();
    const work = open("hf:pip/talks", {
      signal: stop.signal,
      onProgress: ({ bytes }) => bytes > 0 && stop.abort(),
    });
    await expect(work).rejects.toMatchObject({ name: "AbortError" });
    server.stalls = false;
    expect(await textOf((await open("hf:pip/talks")).files[0])).toBe(LARGE);
    expect(server.requests.at(-1)?.range).toBe("bytes=100-");
  });

  it("does not wait for ever for a server that has gone silent", async () => {
    server.add("pip/talks", { "train.jsonl": LARGE });
    server.stalls = true;
    const stuck = open("hf:pip/talks", {
      patience: 150,
      onProgress: ({ bytes }) => (server.stalls = bytes < 300),
    });
    expect(await textOf((await stuck).files[0])).toBe(LARGE);
    expect(server.requests.map(({ range }) => range)).toContain("bytes=200-");
  });

  it("downloads once for two that want it at the same time", async () => {
    server.add("pip/talks", { "train.jsonl": LARGE });
    const both = await Promise.all([open("hf:pip/talks"), open("hf:pip/talks")]);
    for (const { files } of both) expect(await textOf(files[0])).toBe(LARGE);
    expect(server.downloads).toEqual(["train.jsonl"]);
  });

  it("says when the cache cannot be written to", async () => {
    server.add("pip/talks", { "train.jsonl": LARGE });
    writeFileSync(join(home, "file"), "");
    await mkdir(join(home, "hub"));
    await expect(open("hf:pip/talks", { env: { HF_HUB_CACHE: join(home, "file") } })).rejects.toMatchObject({
      code: "not-a-folder",
    });
  });
});
