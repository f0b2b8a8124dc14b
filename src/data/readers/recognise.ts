import { closest, ParrotletError, shown } from "../../base/index.ts";
import type { Format, Head } from "./format.ts";
import { formats } from "./formats.ts";

/** What begins like this is no text, and what to do with it. */
const BINARIES: readonly (readonly [start: string, what: string])[] = [
  [
    "PK\x03\x04",
    "a ZIP archive, or an office document or e-book, which are such. Unpack it, or save it as text",
  ],
  ["\x1f\x8b", "packed by gzip. Unpack it"],
  ["\x28\xb5\x2f\xfd", "packed by zstd. Unpack it"],
  ["BZh", "packed by bzip2. Unpack it"],
  ["\xfd7zXZ", "packed by xz. Unpack it"],
  ["7z\xbc\xaf", "a 7z archive. Unpack it"],
  ["Rar!", "a RAR archive. Unpack it"],
  ["%PDF-", "a PDF. Save it as text"],
  ["SQLite format 3", "a database of SQLite. Export its table as CSV"],
  ["ARROW1", "an Arrow file. Save it as Parquet"],
  ["\x89PNG", "a picture. Leave it out"],
  ["\xff\xd8\xff", "a picture. Leave it out"],
  ["GIF8", "a picture. Leave it out"],
  ["\xd0\xcf\x11\xe0", "an old office document. Save it as text"],
];

/** What a file that is no text is, for the end of a sentence. */
export function binaryOf(bytes: Uint8Array): string | undefined {
  const start = String.fromCharCode(...bytes.subarray(0, 16));
  return BINARIES.find(([wanted]) => start.startsWith(wanted))?.[1];
}

/** Of all that is no text, PDF can begin with a long stretch of what looks like it. */
export const isPdf = (bytes: Uint8Array): boolean => String.fromCharCode(...bytes.subarray(0, 5)) === "%PDF-";

/**
 * The format of a file: the one that is named, else the one that recognises it most surely.
 *
 * @throws {ParrotletError} `data-format` for a format that nobody knows.
 */
export function formatOf(head: Head, id?: string): Format | undefined {
  if (id !== undefined) {
    const named = formats.find((each) => each.id === id);
    if (named) return named;
    const ids = formats.map((each) => each.id);
    const meant = closest(id, ids);
    const message = `There is no format ${shown(id)}.${meant ? ` Did you mean ${meant}?` : ""} Formats: ${ids.join(", ")}.`;
    throw new ParrotletError("data-format", message);
  }
  let [best, most]: [Format | undefined, number] = [undefined, 0];
  for (const format of formats) {
    if (head.text === "" && !format.binary && !head.whole) continue;
    const surety = format.recognises(head);
    if (surety > most) [best, most] = [format, surety];
  }
  // A name that promises something is believed, before all is taken for plain text: then each line says what is wrong.
  if (most <= 0.1 && head.ending !== "")
    return formats.find(({ endings }) => endings.includes(head.ending)) ?? best;
  return best;
}
