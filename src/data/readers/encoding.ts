import { ParrotletError, shown } from "../../base/index.ts";
import { mended1252 } from "./windows-1252.ts";

/** How the bytes of a text are to be read. */
export interface Encoding {
  /** As `TextDecoder` calls it. */
  readonly label: string;
  /** Bytes of a byte order mark at the file's start. */
  readonly mark: number;
  /** Whether other encodings are still possible: all bytes so far were ASCII. */
  readonly open: boolean;
}

const MARKS: readonly (readonly [label: string, bytes: readonly number[]])[] = [
  ["utf-32", [0xff, 0xfe, 0, 0]],
  ["utf-32", [0, 0, 0xfe, 0xff]],
  ["utf-8", [0xef, 0xbb, 0xbf]],
  ["utf-16le", [0xff, 0xfe]],
  ["utf-16be", [0xfe, 0xff]],
];

/**
 * The encoding of a text: the one that is given, that of its byte order mark, UTF-16 by its zero bytes, UTF-8 where most of it is
 * that, else the legacy code page whose letters are the likeliest. `undefined` for bytes that are no text.
 *
 * @param bytes The beginning of the file, or a later piece of it.
 * @throws {ParrotletError} `data-encoding` for a label that nobody knows, and for UTF-32.
 */
export async function encodingOf(bytes: Uint8Array, given?: string): Promise<Encoding | undefined> {
  const mark = MARKS.find(([, wanted]) => wanted.every((byte, i) => bytes[i] === byte));
  if (mark?.[0] === "utf-32") {
    throw new ParrotletError("data-encoding", "The file is UTF-32, which is not read. Save it as UTF-8.");
  }
  if (given !== undefined) {
    const label = labelOf(given);
    return { label, mark: mark?.[0] === label ? mark[1].length : 0, open: false };
  }
  if (mark) return { label: mark[0], mark: mark[1].length, open: false };
  if (bytes.includes(0)) {
    const label = utf16Of(bytes);
    return label ? { label, mark: 0, open: false } : undefined;
  }
  const text = new TextDecoder().decode(bytes.subarray(0, utf8End(bytes)));
  const wrong = count(text, /\uFFFD/g);
  const foreign = count(text, /[^\0-\x7F]/g) - wrong;
  // Bytes of other encodings seldom make a character of three bytes by chance.
  const evidence = foreign + 3 * count(text, /[\u0800-\uFFFC]/g);
  if (wrong === 0 || evidence > wrong) {
    return isText(text.replaceAll("\uFFFD", ""))
      ? { label: "utf-8", mark: 0, open: foreign === 0 }
      : undefined;
  }
  const label = await legacyOf(bytes);
  return label ? { label, mark: 0, open: false } : undefined;
}

/** @throws {ParrotletError} `data-encoding` */
function labelOf(given: string): string {
  try {
    return new TextDecoder(given).encoding;
  } catch {
    throw new ParrotletError(
      "data-encoding",
      `There is no encoding ${shown(given)}. Usual ones: utf-8, utf-16le, windows-1252, windows-1251, shift_jis, gb18030, euc-kr.`,
    );
  }
}

const count = (text: string, what: RegExp): number => text.match(what)?.length ?? 0;

/** Where the last whole character of UTF-8 ends. */
export function utf8End(bytes: Uint8Array): number {
  let at = bytes.length - 1;
  while (at > 0 && at > bytes.length - 4 && ((bytes[at] ?? 0) & 0xc0) === 0x80) at--;
  const lead = bytes[at] ?? 0;
  const wanted = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc0 ? 2 : 1;
  return bytes.length - at < wanted ? at : bytes.length;
}

/** In UTF-16 text the zero bytes are the upper halves of ASCII, so they all stand in even places, or all in odd ones. */
function utf16Of(bytes: Uint8Array): string | undefined {
  const zeros = [0, 0];
  for (const [i, byte] of bytes.entries()) if (byte === 0) zeros[i % 2] = (zeros[i % 2] ?? 0) + 1;
  const [even = 0, odd = 0] = zeros;
  const label = even === 0 ? "utf-16le" : odd === 0 ? "utf-16be" : undefined;
  // A few zeros alone are no sign of UTF-16: most texts in it have spaces and line ends at the least.
  if (!label || even + odd < bytes.length / 50) return undefined;
  const text = new TextDecoder(label).decode(bytes.subarray(0, bytes.length & ~1));
  return isText(text) ? label : undefined;
}

/** Whether there is hardly anything in it that text never holds: control characters, and bytes without a meaning. */
const isText = (text: string): boolean => count(text, /[^\P{Cc}\s]|\uFFFD/gu) <= text.length / 1000;

/** The likeliest code page among those that this platform knows and in which every byte means something. */
async function legacyOf(bytes: Uint8Array): Promise<string | undefined> {
  const { analyse } = await import("chardet");
  const sample = aroundForeign(bytes);
  for (const { name } of analyse(sample)) {
    try {
      const decoder = new TextDecoder(name);
      const text = decoder.decode(sample.subarray(0, sample.length - 4), { stream: true });
      const mended = decoder.encoding === "windows-1252" ? mended1252(text) : text;
      if (!decoder.encoding.startsWith("utf-") && isText(mended)) return decoder.encoding;
    } catch {
      // Not an encoding that the platform knows.
    }
  }
  return isText(mended1252(new TextDecoder("windows-1252").decode(sample))) ? "windows-1252" : undefined;
}

/** What the code page is told by: 16 KiB around the first byte that is not ASCII. */
function aroundForeign(bytes: Uint8Array): Uint8Array {
  const first = bytes.findIndex((byte) => byte >= 0x80);
  const from = Math.max(0, first - 4096);
  return bytes.subarray(from, from + 16384);
}
