import { describe, expect, it } from "vitest";
import { parseCsv } from "../csv.ts";
import { csvRows } from "./csv-rows.ts";
import type { TextChunk } from "./decode.ts";

async function* chunks(text: string, size: number): AsyncGenerator<TextChunk, void> {
  for (let at = 0; at < text.length; at += size) {
    yield { text: text.slice(at, at + size), line: 1, broken: false, last: at + size >= text.length };
  }
}

async function rowsOf(text: string, size: number, delimiter = ",") {
  const rows: { line: number; fields: readonly string[] }[] = [];
  let unclosed: number | undefined;
  for await (const batch of csvRows(chunks(text, size), { delimiter, linesInQuotes: delimiter !== "\t" })) {
    rows.push(...batch.rows);
    unclosed ??= batch.unclosed;
  }
  return { rows, unclosed };
}

describe("csvRows", () => {
  const text = 'a,b,c\n1,"two, and ""a half""\nnext",\n\n"",x,"y"\nlast,,"\n\n"';

  it("gives the rows that reading all at once gives, in pieces of any size", async () => {
    const expected = parseCsv(text);
    expect(expected.map(({ line }) => line)).toEqual([1, 2, 5, 6]);
    for (const size of [1, 2, 3, 5, 8, 1000]) {
      expect(await rowsOf(text, size)).toEqual({ rows: expected, unclosed: undefined });
      expect((await rowsOf(`${text}\n`, size)).rows).toEqual(expected);
      expect((await rowsOf(text.replaceAll(",", ";"), size, ";")).rows).toEqual(
        parseCsv(text.replaceAll(",", ";"), ";"),
      );
    }
  });

  it("says on which line a quote is opened that is never closed", async () => {
    for (const size of [1, 4, 1000]) {
      expect(await rowsOf('a,b\n1,2\n3,"four\n5,6\n', size)).toEqual({
        rows: [
          { line: 1, fields: ["a", "b"] },
          { line: 2, fields: ["1", "2"] },
        ],
        unclosed: 3,
      });
    }
  });

  it("takes a quote within a field, or one after which text goes on, as it is", async () => {
    const { rows } = await rowsOf('5" nail,"so" he said\n', 3);
    expect(rows).toEqual([{ line: 1, fields: ['5" nail', '"so" he said'] }]);
  });

  it("leaves a lone quote between tabs alone", async () => {
    const { rows, unclosed } = await rowsOf('q\ta\n"Hi\tsaid she\n"x""y"\t2\n', 4, "\t");
    expect(rows.map(({ fields }) => fields)).toEqual([
      ["q", "a"],
      ['"Hi', "said she"],
      ['x"y', "2"],
    ]);
    expect(unclosed).toBeUndefined();
  });
});
