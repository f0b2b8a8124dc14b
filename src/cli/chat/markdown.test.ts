import chalk from "chalk";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { renderMarkdown } from "./markdown.ts";
import { ReplyView } from "./reply-view.ts";

const level = chalk.level;
beforeAll(() => {
  chalk.level = 0;
});
afterAll(() => {
  chalk.level = level;
});

describe("Markdown on a terminal", () => {
  it.each([
    "Hello! Your name is Zoe.",
    "1 < 2 && 2 > 1, and 2 * 3 * 4 is 24",
    'he said "no" & left_at_once',
    "first\n\nsecond",
  ])("leaves plain text as it is: %j", (text) => {
    expect(renderMarkdown(text)).toBe(text);
  });

  it.each([
    ["# Title", "Title"],
    ["some *it*, **bold** and `code`", "some it, bold and code"],
    ["- a\n- b\n  - c", "  • a\n  • b\n      • c"],
    ["3. three\n4. four", "  3. three\n  4. four"],
    ["```js\nlet x = 1;\n```", "    let x = 1;"],
    ["> said\n> twice", "│ said\n│ twice"],
    ["[there](http://a.b)", "there (http://a.b)"],
    ["| a | b |\n|---|---|\n| 1 | 2 |", "a  b\n1  2"],
    ["- [x] done", "  • ☑ done"],
    ["a \u001b[2J b", "a \uFFFD[2J b"],
  ])("shows %j as what it means", (text, shown) => {
    expect(renderMarkdown(text)).toBe(shown);
  });
});

/** A terminal as wide as `columns`: enough of one for what a view writes. */
class Terminal {
  readonly columns: number;
  readonly rows = 24;
  readonly lines: string[] = [""];
  #row = 0;
  #column = 0;

  constructor(columns: number) {
    this.columns = columns;
  }

  write(text: string): void {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: what a terminal understands
    for (const part of text.match(/\x1b\[\d*[A-Z]|[\s\S]/g) ?? []) {
      if (part === "\n") this.#move(this.#row + 1, 0);
      else if (part === "\r") this.#column = 0;
      else if (part.endsWith("A") && part.length > 1) this.#row -= Number(part.slice(2, -1));
      else if (part.endsWith("C") && part.length > 1) this.#column += Number(part.slice(2, -1));
      else if (part === "\x1b[J") {
        this.lines.length = this.#row + 1;
        this.lines[this.#row] = (this.lines[this.#row] ?? "").slice(0, this.#column);
      } else {
        if (this.#column === this.columns) this.#move(this.#row + 1, 0);
        const line = (this.lines[this.#row] ?? "").padEnd(this.#column);
        this.lines[this.#row] = line.slice(0, this.#column) + part + line.slice(this.#column + 1);
        this.#column++;
      }
    }
  }

  #move(row: number, column: number): void {
    this.#row = row;
    this.#column = column;
    while (this.lines.length <= row) this.lines.push("");
  }
}

describe("a reply as it is made", () => {
  const show = (text: string, piece: number, columns = 40): string => {
    const terminal = new Terminal(columns);
    terminal.write("pip ");
    const view = new ReplyView(terminal, 4);
    for (let at = 0; at < text.length; at += piece) view.push(text.slice(at, at + piece));
    view.end();
    return terminal.lines.join("\n").trimEnd();
  };

  it.each([1, 2, 5, 1000])("ends as its Markdown means, in pieces of %i", (piece) => {
    const text =
      "Some **bold** words, long enough for more than one line of it.\n\n- one\n- two `x`\n\nThe end.";
    expect(show(text, piece).replaceAll("\n", "|")).toBe(
      "pip Some bold words, long enough for|more than one line of it.||  • one|  • two x||The end.",
    );
  });

  it.each([1, 3, 1000])("is written once where it is plain, in pieces of %i", (piece) => {
    const written: string[] = [];
    const view = new ReplyView({ write: (text) => written.push(text) }, 4);
    const text = "Hello!\n\nHow are you?\nI am well.";
    for (let at = 0; at < text.length; at += piece) view.push(text.slice(at, at + piece));
    view.end();
    expect(written.join("")).toBe(text);
  });
});
