import type { CsvRow } from "../csv.ts";
import { linesIn, type TextChunk } from "./decode.ts";

/** How rows are written. */
export interface CsvStyle {
  readonly delimiter: string;
  /** Whether a field in quotes may hold line ends. In tables with tabs a quote often is just a quote. */
  readonly linesInQuotes: boolean;
}

/** Rows, or the line of a quote that is never closed: nothing after it can be trusted. */
export interface CsvRows {
  readonly rows: readonly CsvRow[];
  readonly unclosed?: number;
  /** Whether a `\uFFFD` may stand for bytes that are no text. */
  readonly broken: boolean;
}

/** Longest row in characters; in a longer one a quote is not closed. */
const LONGEST_ROW = 1 << 24;

/**
 * The rows of a table of any length. Fields may stand in quotes, with a quote within doubled; a field that goes on after its closing
 * quote keeps all its quotes. Blank lines are left out.
 *
 * @see https://www.rfc-editor.org/rfc/rfc4180
 */
export async function* csvRows(
  chunks: AsyncIterable<TextChunk>,
  style: CsvStyle,
): AsyncGenerator<CsvRows, void> {
  let [rest, line] = ["", 1];
  for await (const chunk of chunks) {
    rest += chunk.text;
    const rows: CsvRow[] = [];
    let at = 0;
    while (at < rest.length) {
      const row = rowAt(rest, at, style, chunk.last);
      if (!row) break;
      if (row.fields.length > 1 || row.fields[0]?.trim() !== "") rows.push({ line, fields: row.fields });
      line += linesIn(rest, at, row.end);
      at = row.end;
    }
    rest = rest.slice(at);
    if (rest.length > LONGEST_ROW || (chunk.last && rest !== "")) {
      yield { rows, broken: chunk.broken, unclosed: line };
      return;
    }
    yield { rows, broken: chunk.broken };
  }
}

interface Row {
  readonly fields: readonly string[];
  /** Where the next one begins. */
  readonly end: number;
}

/** A row; `undefined` where it does not end within the text. */
function rowAt(text: string, from: number, style: CsvStyle, last: boolean): Row | undefined {
  const plainEnd = lineEndFrom(text, from);
  if (plainEnd === text.length && !last) return undefined;
  const line = text.slice(from, plainEnd);
  if (!line.includes('"')) return { fields: line.split(style.delimiter), end: plainEnd + 1 };
  const fields: string[] = [];
  let at = from;
  for (;;) {
    const field = fieldAt(text, at, style);
    if (!field || (field.end === text.length && !last)) return undefined;
    fields.push(field.text);
    if (field.end === text.length || text[field.end] === "\n") return { fields, end: field.end + 1 };
    at = field.end + style.delimiter.length;
  }
}

const lineEndFrom = (text: string, from: number): number => {
  const at = text.indexOf("\n", from);
  return at < 0 ? text.length : at;
};

/** A field, and where its delimiter or line end stands; `undefined` where a closing quote is not in the text. */
function fieldAt(text: string, from: number, { delimiter, linesInQuotes }: CsvStyle): Field | undefined {
  const within = linesInQuotes ? text : text.slice(0, lineEndFrom(text, from));
  const quoted = text[from] === '"' ? quotedAt(within, from) : undefined;
  if (text[from] === '"' && !quoted && linesInQuotes) return undefined;
  const start = quoted?.end ?? from;
  const rest = text.slice(start, lineEndFrom(text, start));
  const length = rest.includes(delimiter) ? rest.indexOf(delimiter) : rest.length;
  const end = start + length;
  return quoted && rest.slice(0, length).trim() === ""
    ? { text: quoted.text, end }
    : { text: text.slice(from, end), end };
}

interface Field {
  readonly text: string;
  readonly end: number;
}

/** What stands in quotes; `undefined` without a closing one. */
function quotedAt(text: string, from: number): Field | undefined {
  for (let at = from + 1; ; ) {
    const close = text.indexOf('"', at);
    if (close < 0) return undefined;
    if (text[close + 1] !== '"') {
      const inner = text.slice(from + 1, close);
      return { text: inner.includes('"') ? inner.replaceAll('""', '"') : inner, end: close + 1 };
    }
    at = close + 2;
  }
}
