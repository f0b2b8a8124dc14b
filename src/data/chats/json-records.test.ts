import { describe, expect, it } from "vitest";
import { type JsonRecord, jsonRecords } from "./json-records.ts";

async function* pieces(text: string, length: number): AsyncGenerator<string, void> {
  for (let from = 0; from < text.length; from += length) yield text.slice(from, from + length);
}

async function recordsIn(text: string, length = 7): Promise<{ records: JsonRecord[]; whole: boolean }> {
  const records: JsonRecord[] = [];
  const found = jsonRecords(pieces(text, length), "rows");
  let next = await found.next();
  for (; !next.done; next = await found.next()) records.push(next.value);
  return { records, whole: next.value };
}

describe("jsonRecords", () => {
  const rows = [{ a: 'quote " brace } backslash \\', rows: [{ inner: 1 }] }, {}, { c: { d: ["]", "{"] } }];

  it("finds what JSON.parse finds, from pieces of any length", async () => {
    const text = JSON.stringify(
      { "ro\\ws": [{ no: 1 }], row: [{ no: 2 }], rows, x: { rows: rows } },
      null,
      1,
    );
    for (const length of [1, 2, 3, 5, 100, 1e6]) {
      const { records, whole } = await recordsIn(text, length);
      expect(records.map(({ json }): unknown => JSON.parse(json ?? ""))).toEqual([...rows, ...rows]);
      expect(records.map(({ list }) => list)).toEqual([0, 0, 0, 1, 1, 1]);
      expect(whole).toBe(true);
      for (const { json = "", line } of records) {
        expect(
          text
            .split("\n")
            .slice(line - 1)
            .join("\n")
            .trimStart()
            .startsWith(json),
        ).toBe(true);
      }
    }
  });

  it("finds all whole records of a text that is cut", async () => {
    const text = JSON.stringify({ rows });
    const ends = rows.map((row) => text.indexOf(JSON.stringify(row), 8) + JSON.stringify(row).length);
    for (let length = 1; length < text.length; length++) {
      const { records, whole } = await recordsIn(text.slice(0, length));
      expect(whole).toBe(false);
      expect(records.length).toBe(ends.filter((end) => end <= length).length);
    }
  });

  it("keeps nothing of a record that is far too long", async () => {
    const long = `{"rows":[{"a":"${"x".repeat(5 << 20)}"},{"b":1}]}`;
    const { records } = await recordsIn(long, 1 << 16);
    expect(records.map(({ json }) => json)).toEqual([undefined, '{"b":1}']);
  });

  it("gives up where brackets stand too deep", async () => {
    const { records, whole } = await recordsIn(`${"[".repeat(1e6)}`, 1 << 16);
    expect([records.length, whole]).toEqual([0, false]);
  });
});
