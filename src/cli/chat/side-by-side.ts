import chalk from "chalk";
import stringWidth from "string-width";
import { printable } from "../terminal.ts";
import type { Screen } from "./reply-view.ts";

/** Below so many columns texts stand one below the other. */
const WIDE = 90;
const GAP = " │ ";
/** Milliseconds between drawings. */
const FRAME = 60;

interface Column {
  readonly label: string;
  text: string;
  foot: string;
}

/** Two texts as they are made: side by side where the terminal is wide, else one below the other. */
export class SideBySide {
  readonly #screen: Screen;
  readonly #columns: readonly Column[];
  /** Lines of the last drawing, all of which are on the screen. */
  #drawn = 0;
  #at = 0;

  constructor(screen: Screen, labels: readonly string[]) {
    this.#screen = screen;
    this.#columns = labels.map((label) => ({ label, text: "", foot: "" }));
  }

  update(place: number, text: string, foot: string): void {
    const column = this.#columns[place];
    if (!column) return;
    column.text = printable(text).replaceAll("\t", " ");
    column.foot = foot;
    const now = performance.now();
    if (foot === "" && now - this.#at < FRAME) return;
    this.#at = now;
    this.#draw((this.#screen.rows ?? 24) - 2);
  }

  /** Draws all of the texts, however long. */
  end(): void {
    this.#draw(Number.POSITIVE_INFINITY);
  }

  #draw(most: number): void {
    const lines = this.#lines();
    // Of what is longer than the screen the end is drawn, until it is whole: what has left the screen cannot be drawn again.
    const shown = lines.length > most ? lines.slice(-most) : lines;
    const up = this.#drawn > 0 ? `\x1b[${this.#drawn}A\r\x1b[J` : "";
    this.#screen.write(`${up}${shown.join("\n")}\n`);
    this.#drawn = shown.length;
  }

  #lines(): string[] {
    const { columns: width = 80 } = this.#screen;
    if (width < WIDE) return this.#columns.flatMap((column) => this.#block(column, width - 1));
    const each = Math.floor((width - 1 - GAP.length * (this.#columns.length - 1)) / this.#columns.length);
    const blocks = this.#columns.map((column) => this.#block(column, each));
    const height = Math.max(...blocks.map(({ length }) => length));
    return Array.from({ length: height }, (_, row) =>
      blocks
        .map((block) => padded(block[row] ?? "", each))
        .join(chalk.dim(GAP))
        .trimEnd(),
    );
  }

  #block({ label, text, foot }: Column, width: number): string[] {
    return [
      ...wrapped(label, width).map((line) => chalk.cyan(line)),
      ...wrapped(text.trim(), width),
      ...(foot === "" ? [] : wrapped(foot, width).map((line) => chalk.dim(line))),
    ];
  }
}

const padded = (line: string, width: number): string =>
  line + " ".repeat(Math.max(0, width - stringWidth(line)));

/** A text in lines of a width, broken between words where that is possible. */
export function wrapped(text: string, width: number): string[] {
  return text.split("\n").flatMap((paragraph) => {
    const lines: string[] = [];
    let line = "";
    for (const word of paragraph.split(/(?<= )/)) {
      if (line !== "" && stringWidth((line + word).trimEnd()) > width) {
        lines.push(line.trimEnd());
        line = "";
      }
      for (const { segment } of new Intl.Segmenter().segment(word)) {
        if (stringWidth(line + segment) > width && segment !== " ") {
          lines.push(line);
          line = "";
        }
        line += segment;
      }
    }
    return [...lines, line.trimEnd()];
  });
}
