import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { bytesAsSource, ParrotletError } from "../../base/index.ts";
import type { Item } from "../item.ts";
import type { ReadOptions } from "./format.ts";
import { openReading } from "./open-reading.ts";

/** Written by pyarrow 25: several row groups, nested lists, old and new pages, three compressions. */
const fixture = (name: string): Uint8Array =>
  new Uint8Array(readFileSync(new URL(`./fixtures/${name}.parquet`, import.meta.url)));

async function read(bytes: Uint8Array, options?: ReadOptions) {
  const reading = await openReading(bytesAsSource(bytes, "x.parquet"), options);
  const items: Item[] = [];
  for await (const item of reading.items()) items.push(item);
  return { about: reading.about, items, problems: reading.problems };
}

describe("Parquet", () => {
  it("holds lists of messages in groups of rows", async () => {
    const { about, items } = await read(fixture("messages.zstd"));
    expect(about).toBe("Parquet of OpenAI messages");
    expect(items).toEqual(
      Array.from({ length: 5 }, (_, i) => ({
        kind: "conversation",
        file: "x.parquet",
        line: i + 1,
        messages: [
          { role: "user", text: `Is stone ${i} warm?` },
          { role: "assistant", text: "Yes, the sun shone on it. ☀" },
        ],
      })),
    );
  });

  it("holds columns, and misses some values", async () => {
    const { about, items, problems } = await read(fixture("pairs.snappy"));
    expect(about).toBe("Parquet of questions and answers");
    expect(items.map((item) => item.kind === "conversation" && item.messages[1]?.text)).toEqual([
      "4",
      "Moss.",
    ]);
    expect(problems).toMatchObject([{ line: 3, message: expect.stringContaining("question") }]);
    const columns = { text: "Answer" };
    expect((await read(fixture("pairs.snappy"), { columns })).items).toHaveLength(3);
    const { items: texts } = await read(fixture("texts.brotli"));
    expect(texts.map((item) => item.kind === "text" && item.text)).toEqual([
      ...Array.from({ length: 3 }, () => "Once there was a snail."),
      "It was slow.",
    ]);
  });

  it.each(["messages.zstd", "pairs.snappy", "texts.brotli"])(
    "%s cut or damaged is refused or read, never worse",
    async (name) => {
      const whole = fixture(name);
      for (let end = 1; end < whole.length; end += 7) {
        await expect(read(whole.subarray(0, end))).rejects.toMatchObject({
          code: expect.stringMatching(/^data-/),
        });
      }
      for (let at = 4; at < whole.length; at += 5) {
        const damaged = whole.slice();
        damaged[at] = (damaged[at] ?? 0) ^ 0x55;
        await read(damaged).catch((error: unknown) => expect(error).toBeInstanceOf(ParrotletError));
      }
    },
  );
});
