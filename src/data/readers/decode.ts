import { type ByteSource, piecesOf, shown } from "../../base/index.ts";
import { type Encoding, encodingOf, utf8End } from "./encoding.ts";
import type { Problems } from "./problems.ts";
import { mended1252 } from "./windows-1252.ts";

/** A part of a text, of about 1 MiB. It may end anywhere, but not within a character or a line end. */
export interface TextChunk {
  /** Line ends are `\n`. */
  readonly text: string;
  /** The line on which it begins, from 1. */
  readonly line: number;
  /** Whether bytes of the file, until here, were not of its encoding: each `\uFFFD` may stand for such. */
  readonly broken: boolean;
  /** Whether nothing follows. */
  readonly last: boolean;
}

/**
 * The text of a file, piece by piece. Bytes that are not of its encoding become `\uFFFD`, and a problem for each line. While all
 * is ASCII the encoding stays open, and the first other bytes decide.
 *
 * @param settled Is told the encoding, when the bytes have decided it.
 * @param pieceSize Bytes. @default that of `piecesOf`
 */
export async function* decoded(
  source: ByteSource,
  first: Encoding,
  problems: Problems,
  settled?: (encoding: Encoding) => void,
  pieceSize?: number,
): AsyncGenerator<TextChunk, void> {
  const decoder = new PieceDecoder(first, settled);
  let [line, place, broken, held] = [1, 0, false, ""];
  for await (const piece of piecesOf(source, pieceSize)) {
    const bytes = place < first.mark ? piece.subarray(first.mark - place) : piece;
    place += piece.length;
    const last = place >= source.size;
    const raw = held + (await decoder.decode(bytes, last));
    // A carriage return at the end may be the first half of a line end.
    held = !last && raw.endsWith("\r") ? "\r" : "";
    const text = withoutReturns(held ? raw.slice(0, -1) : raw);
    if (decoder.broken) {
      broken = true;
      reportBroken(text, line, decoder.label, problems);
    }
    if (decoder.cut) {
      const near = shown(text.slice(-20).split("\n").at(-1) ?? "");
      const message = `the file ends within a character, after ${near}: it was cut short. Copy or fetch it again.`;
      problems.add(line + linesIn(text), message);
    }
    yield { text, line, broken, last };
    line += linesIn(text);
  }
}

const withoutReturns = (text: string): string =>
  text.includes("\r") ? text.replaceAll("\r\n", "\n").replaceAll("\r", "\n") : text;

/** Line ends within a text. */
export function linesIn(text: string, from: number = 0, to: number = text.length): number {
  let lines = 0;
  for (let at = text.indexOf("\n", from); at >= 0 && at < to; at = text.indexOf("\n", at + 1)) lines++;
  return lines;
}

const NEWLINE = 10;

/** Decodes bytes in the order of the file. */
class PieceDecoder {
  /** Whether the last piece had bytes that are not of the encoding. */
  broken = false;
  /** Whether the file ended within a character, which is left out. */
  cut = false;
  #encoding: Encoding;
  #held: Uint8Array = new Uint8Array(0);
  #legacy: TextDecoder | undefined;
  readonly #settled: ((encoding: Encoding) => void) | undefined;

  constructor(encoding: Encoding, settled: ((encoding: Encoding) => void) | undefined) {
    this.#encoding = encoding;
    this.#settled = settled;
  }

  get label(): string {
    return this.#encoding.label;
  }

  async decode(piece: Uint8Array, last: boolean): Promise<string> {
    this.broken = false;
    if (this.label !== "utf-8") return this.#decodeLegacy(piece, last);
    const bytes = joined(this.#held, piece);
    // Pieces that end with a line save their readers the joining of strings.
    const line = last ? 0 : bytes.lastIndexOf(NEWLINE) + 1;
    const whole = bytes.subarray(0, line > bytes.length / 2 ? line : utf8End(bytes));
    this.#held = bytes.slice(whole.length);
    this.cut = last && this.#held.length > 0;
    try {
      const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(whole);
      if (this.#encoding.open && text.length !== whole.length)
        this.#settle({ ...this.#encoding, open: false });
      return text;
    } catch {
      if (this.#encoding.open) {
        this.#settle((await encodingOf(whole)) ?? { ...this.#encoding, open: false });
        if (this.label !== "utf-8") {
          this.#held = new Uint8Array(0);
          return this.#decodeLegacy(bytes, last);
        }
      }
      this.broken = true;
      return new TextDecoder("utf-8", { ignoreBOM: true }).decode(whole);
    }
  }

  #settle(encoding: Encoding): void {
    this.#encoding = { ...encoding, open: false };
    this.#settled?.(this.#encoding);
  }

  #decodeLegacy(piece: Uint8Array, last: boolean): string {
    this.#legacy ??= new TextDecoder(this.label, { ignoreBOM: true });
    const text = this.#legacy.decode(piece, { stream: true });
    this.broken = text.includes("\uFFFD");
    this.cut = last && this.#legacy.decode() !== "";
    return this.label === "windows-1252" ? mended1252(text) : text;
  }
}

function joined(a: Uint8Array, b: Uint8Array): Uint8Array {
  if (a.length === 0) return b;
  const both = new Uint8Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}

/** A problem for each line with bytes of another encoding. */
function reportBroken(text: string, first: number, label: string, problems: Problems): void {
  let [line, counted] = [first, 0];
  for (let at = text.indexOf("\uFFFD"); at >= 0; ) {
    line += linesIn(text, counted, at);
    counted = at;
    const start = text.lastIndexOf("\n", at) + 1;
    const near = shown(text.slice(Math.max(start, at - 20), at));
    const remedy = "Save the file in one encoding, or name it with --encoding.";
    problems.add(line, `not ${label} text, after ${near}; the line is left out. ${remedy}`);
    const end = text.indexOf("\n", at);
    at = end < 0 ? -1 : text.indexOf("\uFFFD", end);
  }
}
