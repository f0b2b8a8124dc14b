import type { TextPiece } from "../item.ts";
import { linesIn, type TextChunk } from "./decode.ts";
import type { FileToRead, Format } from "./format.ts";

/** Characters of a piece that is not the last. */
const LEAST = 1 << 18;
const MOST = 1 << 21;

/** What stands between documents where a file holds many, as in TinyStories. */
const SEPARATOR = "<|endoftext|>";

/** A file of text: one document, or several with `<|endoftext|>` between them. */
export const text: Format = {
  id: "text",
  about: "text",
  endings: [".txt", ".text", ".rst", ".adoc", ".org", ".log", ""],
  recognises: () => 0.1,
  read: (file) => documents(file, file.text()),
};

/** Text whose settings at the top, between two lines of `---`, are left out. */
export const markdown: Format = {
  id: "markdown",
  about: "Markdown",
  endings: [".md", ".markdown", ".mdown"],
  recognises: ({ ending }) => (markdown.endings.includes(ending) ? 0.5 : 0),
  read: (file) => documents(file, withoutFrontMatter(file.text())),
};

const FRONT_MATTER = /^---[ \t]*\n(?:[^\n]*\n)*?(?:---|\.\.\.)[ \t]*(?:\n|$)/;

async function* withoutFrontMatter(chunks: AsyncIterable<TextChunk>): AsyncGenerator<TextChunk, void> {
  let first = true;
  for await (const chunk of chunks) {
    const [front = ""] = (first && FRONT_MATTER.exec(chunk.text.slice(0, 65536))) || [];
    first = false;
    yield { ...chunk, text: chunk.text.slice(front.length), line: chunk.line + linesIn(front) };
  }
}

async function* documents(
  file: FileToRead,
  chunks: AsyncIterable<TextChunk>,
): AsyncGenerator<TextPiece, void> {
  const writer = new PieceWriter(file.source.name);
  let [rest, line] = ["", 0];
  for await (const chunk of chunks) {
    if (rest === "") line = chunk.line;
    rest += chunk.text;
    while (rest.length >= LEAST || (chunk.last && rest !== "")) {
      const end = rest.length < MOST && (chunk.last || rest.endsWith("\n")) ? rest.length : goodEnd(rest);
      const piece = rest.slice(0, end);
      yield* writer.write(chunk.broken ? withoutBroken(piece) : piece, line);
      line += linesIn(piece);
      rest = rest.slice(end);
    }
  }
}

/** Without lines with bytes that are no text; the line ends stay, so that lines can be counted. */
const withoutBroken = (text: string): string =>
  text.includes("\uFFFD")
    ? text
        .split("\n")
        .map((line) => (line.includes("\uFFFD") ? "" : line))
        .join("\n")
    : text;

/** Where to cut a text: after a line or a word, at least never within a character. */
function goodEnd(text: string): number {
  const most = Math.min(text.length, MOST);
  const line = text.lastIndexOf("\n", most - 1) + 1;
  if (line > most / 2) return line;
  const word = text.lastIndexOf(" ", most - 1) + 1;
  if (word > most / 2) return word;
  const code = text.charCodeAt(most - 1);
  return code >= 0xd800 && code < 0xdc00 ? most - 1 : most;
}

/** Gives pieces their place in documents. */
class PieceWriter {
  readonly #file: string;
  #within = false;

  constructor(file: string) {
    this.#file = file;
  }

  *write(piece: string, first: number): Generator<TextPiece, void> {
    if (!piece.includes(SEPARATOR)) {
      yield* this.#part(piece, first);
      return;
    }
    let line = first;
    const parts = piece.split(SEPARATOR);
    for (const [i, part] of parts.entries()) {
      if (i > 0) this.#within = false;
      const from = this.#within ? 0 : part.length - part.trimStart().length;
      const to = i < parts.length - 1 ? part.trimEnd().length : part.length;
      yield* this.#part(part.slice(from, to), line + linesIn(part, 0, from));
      line += linesIn(part);
    }
  }

  *#part(text: string, line: number): Generator<TextPiece, void> {
    if (text === "" || (!this.#within && text.trim() === "")) return;
    const { file, continues } = { file: this.#file, continues: this.#within };
    this.#within = true;
    yield continues ? { kind: "text", text, file, line, continues } : { kind: "text", text, file, line };
  }
}
