/** A row of a table, and the line it begins on, from 1. */
export interface CsvRow {
  readonly line: number;
  readonly fields: readonly string[];
}

/** What stands between two fields: what the first line has most of. Some countries' spreadsheets write semicolons. */
export function delimiterOf(text: string): string {
  const [first = ""] = text.split(/[\r\n]/, 1);
  const uses = (delimiter: string): number => first.split(delimiter).length;
  return [",", ";", "\t"].reduce((best, each) => (uses(each) > uses(best) ? each : best));
}

/**
 * Rows of values separated by commas, or by another character. A field in quotes may hold that character, line ends and
 * doubled quotes; blank lines are left out.
 *
 * @throws {SyntaxError} when a quote is never closed; the message names the line.
 * @see https://www.rfc-editor.org/rfc/rfc4180
 */
export function parseCsv(text: string, delimiter = ","): CsvRow[] {
  const token = new RegExp(`"((?:[^"]+|"")*)"|([^"${delimiter}\\r\\n]*)`, "y");
  const rows: CsvRow[] = [];
  let [place, line] = [0, 1];
  while (place < text.length) {
    const first = line;
    const fields: string[] = [];
    for (;;) {
      token.lastIndex = place;
      const [all = "", quoted, plain = ""] = token.exec(text) ?? [];
      fields.push(quoted === undefined ? plain : quoted.replaceAll('""', '"'));
      line += all.split("\n").length - 1;
      place += all.length;
      if (text[place] !== delimiter) break;
      place++;
    }
    const end = /\r\n|\n|\r|$/y;
    end.lastIndex = place;
    const ending = end.exec(text)?.[0];
    if (ending === undefined)
      throw new SyntaxError(`line ${line}: a quote is not closed, or stands inside a field`);
    place += ending.length;
    line++;
    if (fields.length > 1 || fields[0] !== "") rows.push({ line: first, fields });
  }
  return rows;
}
