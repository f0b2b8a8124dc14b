import { delimiterOf } from "../csv.ts";
import { type CsvStyle, csvRows } from "./csv-rows.ts";
import type { Columns, FileToRead, Format, Head } from "./format.ts";
import { isRecord } from "./record-shapes.ts";
import { itemsOf, type RawRecord, shapeOfFirst } from "./records.ts";

/**
 * Fields separated by commas, or by semicolons as some countries' spreadsheets do; the first row names them. Without such a row columns are
 * named by their numbers, from 1.
 */
export const csv: Format = table("csv", "CSV", [".csv"]);

/** Fields separated by tabs; the first row names them. */
export const tsv: Format = {
  ...table("tsv", "TSV", [".tsv", ".tab"]),
  recognises: ({ ending, text }) => (tsv.endings.includes(ending) || namesColumns(text, "\t") ? 0.5 : 0),
};

/** Tables are called `.txt` too, or anything: the first line names the usual columns, and the second has as many. */
function namesColumns(text: string, delimiter: string): boolean {
  const [first = [], second = []] = text
    .split("\n", 2)
    .map((line) =>
      line.replace(/"(?:[^"]|"")*"/g, (quoted) => quoted.slice(1, -1).replaceAll(delimiter, " ")),
    )
    .map((line) => line.split(delimiter));
  if (first.length < 2 || first.length !== second.length) return false;
  return isRecord(Object.fromEntries(first.map((name) => [name, "any"])));
}

function table(id: string, about: string, endings: readonly string[]): Format {
  return {
    id,
    about,
    endings,
    recognises: ({ ending, text }) =>
      endings.includes(ending) || namesColumns(text, ",") || namesColumns(text, ";") ? 0.5 : 0,
    contents: (file) => shapeOfFirst(file, records(file)),
    read: (file) => itemsOf(file, records(file)),
  };
}

function styleOf({ text, ending }: Head): CsvStyle {
  const delimiter =
    tsv.endings.includes(ending) && text.split("\n", 1)[0]?.includes("\t") ? "\t" : delimiterOf(text);
  return { delimiter, linesInQuotes: delimiter !== "\t" };
}

/** Whether columns are named by their numbers, so that the first row is data already. */
const areNumbered = (columns: Columns = {}): boolean => {
  const names = Object.values(columns).filter((name) => name !== undefined);
  return names.length > 0 && names.every((name) => /^[1-9]\d*$/.test(name));
};

async function* records(file: FileToRead): AsyncGenerator<readonly RawRecord[], void> {
  let names: readonly string[] | undefined;
  for await (const { rows, broken, unclosed } of csvRows(file.text(), styleOf(file.head))) {
    const [first, ...others] = rows;
    const numbered = areNumbered(file.options.columns);
    const header = names ?? first?.fields.map((name, i) => (numbered ? String(i + 1) : name.trim())) ?? [];
    const body = names || numbered ? rows : others;
    if (first) names = header;
    yield body.flatMap((row) => {
      if (row.fields.length !== header.length) {
        const count = `${row.fields.length} field${row.fields.length === 1 ? "" : "s"}`;
        const message = `${count}, where the first line names ${header.length}. Put text with commas in quotes.`;
        file.problems.add(row.line, message);
        return [];
      }
      const damaged = broken && row.fields.some((field) => field.includes("\uFFFD"));
      return damaged ? [] : [{ line: row.line, value: recordOf(header, row.fields) }];
    });
    if (unclosed !== undefined) {
      const message = "a quote in this row is never closed: the file was cut short, or a quote is missing. ";
      file.problems.add(unclosed, `${message}Nothing from here on is read.`);
    }
  }
}

/** A table with one column holds texts, whatever the column is called. */
function recordOf(names: readonly string[], fields: readonly string[]): unknown {
  if (names.length === 1) return { text: fields[0], [names[0] ?? ""]: fields[0] };
  return Object.fromEntries(names.map((name, i) => [name, fields[i]]));
}
