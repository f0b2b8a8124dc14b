// The engine in Chromium, with shared memory and without, against the same in Node. It is run by `.ci/run`, not by
// `npm test`, which needs no browser.
import { createHash } from "node:crypto";
import { expect, it } from "vitest";
import { openDevice } from "../../dist/node/index.js";
// @ts-expect-error: a script without types
import { inBrowser } from "../../scripts/in-browser.mjs";
import { trainOnItems } from "../train-on-items.ts";
import { trainSome } from "../train-some.ts";

interface Found {
  readonly most: number;
  readonly runs: readonly { readonly threads: number; readonly hash: string }[];
  /** Hashes by file. */
  readonly ownModel: Readonly<Record<string, string>>;
  readonly tinyTalks: { readonly right: number; readonly pairs: number };
}

const onLine = (line: string): void => void process.stdout.write(`${line}\n`);

it.each([
  { where: "where memory can be shared", isolated: true, threads: [1, 2, 4] },
  { where: "where it cannot", isolated: false, threads: [1, 1, 1] },
])(
  "a browser $where computes the bits of Node and learns TinyTalks",
  async ({ isolated, threads }) => {
    const found = (await inBrowser("test/browser/page.html", { isolated, onLine })) as Found;
    expect(found.most).toBe(isolated ? 4 : 1);
    expect(found.runs.map((run) => run.threads)).toEqual(threads);
    const parameters = trainSome(await openDevice("wasm", { threads: 1 }), "llama", 5);
    const hashOf = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");
    const hash = hashOf(new Uint8Array(parameters.buffer));
    for (const run of found.runs) expect(run.hash, `${run.threads} threads`).toBe(hash);
    const own = await trainOnItems(await openDevice("wasm", { threads: 1 }));
    expect(found.ownModel).toEqual(
      Object.fromEntries([...own].map(([name, bytes]) => [name, hashOf(bytes)])),
    );
    expect(found.tinyTalks).toEqual({ right: 37, pairs: 37 });
  },
  120_000,
);
