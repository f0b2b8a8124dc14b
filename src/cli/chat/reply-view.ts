import { marked } from "marked";
import stringWidth from "string-width";
import wrapAnsi from "wrap-ansi";
import { printable } from "../terminal.ts";
import { renderMarkdown } from "./markdown.ts";

/** Where a reply is drawn. */
export interface Screen {
  readonly columns?: number | undefined;
  readonly rows?: number | undefined;
  write(text: string): unknown;
}

/**
 * A reply as it is made. Its text appears at once; each block of Markdown is drawn again, as what it means, when it is whole:
 * when the next one begins, or the reply ends. What has no Markdown in it and fits a line is never drawn twice.
 */
export class ReplyView {
  readonly #screen: Screen;
  /** Columns that are taken where the reply begins. */
  #indent: number;
  /** What of the reply is shown as it came, and not yet as what it means. */
  #raw = "";

  constructor(screen: Screen, indent: number) {
    this.#screen = screen;
    this.#indent = indent;
  }

  push(text: string): void {
    const shown = printable(text);
    this.#raw += shown;
    this.#screen.write(shown);
    if (!shown.includes("\n")) return;
    const tokens = marked.lexer(this.#raw).filter(({ type }) => type !== "space");
    const last = tokens.at(-1);
    if (tokens.length < 2 || !last) return;
    const at = this.#raw.lastIndexOf(last.raw);
    if (at > 0) this.#settle(at);
  }

  end(): void {
    this.#settle(this.#raw.length);
  }

  /** Draws the text up to `end` as what it means. */
  #settle(end: number): void {
    const [whole, rest] = [this.#raw.slice(0, end), this.#raw.slice(end)];
    const body = whole.trimEnd();
    const gap = whole.slice(body.length);
    const rendered = this.#wrapped(renderMarkdown(body));
    if (rendered !== body && this.#erase()) this.#screen.write(rendered + gap + rest);
    this.#raw = rest;
    if (gap.includes("\n")) this.#indent = 0;
  }

  /** Lines end between words. */
  #wrapped(text: string): string {
    const { columns } = this.#screen;
    if (columns === undefined) return text;
    const indent = " ".repeat(this.#indent);
    return wrapAnsi(indent + text, columns, { trim: false })
      .replaceAll(/ +\n/g, "\n")
      .slice(this.#indent);
  }

  /** Takes away what is shown of `#raw`, where all of it is still on the screen. */
  #erase(): boolean {
    const { columns = 80, rows = 24 } = this.#screen;
    const lines = this.#raw.split("\n");
    const heights = lines.map((line, index) => {
      const width = stringWidth(line) + (index === 0 ? this.#indent : 0);
      return Math.max(1, Math.ceil(width / columns));
    });
    const height = heights.reduce((sum, each) => sum + each, 0);
    if (height >= rows) return false;
    const up = height > 1 ? `\x1b[${height - 1}A` : "";
    const across = this.#indent > 0 ? `\x1b[${this.#indent}C` : "";
    this.#screen.write(`${up}\r${across}\x1b[J`);
    return true;
  }
}
