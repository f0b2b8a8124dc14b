/** How a line break looks in a line that is being typed. */
export const BREAK = "↵";

/** Asks a terminal to say where what is pasted begins and ends, and to stop saying so. */
export const PASTE_ON = "\x1b[?2004h";
export const PASTE_OFF = "\x1b[?2004l";

const BEGIN = "\x1b[200~";
const END = "\x1b[201~";

/** Makes what is typed into lines: breaks in what is pasted, and Alt-Enter, are no end of a line. */
export class LineBreaks {
  #pasting = false;
  #kept = "";

  push(chunk: string): string {
    let text = this.#kept + chunk;
    this.#kept = "";
    let out = "";
    while (text !== "") {
      const mark = this.#pasting ? END : BEGIN;
      const at = text.indexOf(mark);
      const whole = at >= 0 ? at : text.length - beginningAtEnd(text, mark);
      out += this.#broken(text.slice(0, whole));
      text = text.slice(whole);
      if (at < 0) break;
      text = text.slice(mark.length);
      this.#pasting = !this.#pasting;
    }
    this.#kept = text;
    return out;
  }

  #broken(text: string): string {
    if (this.#pasting) return text.replaceAll(/\r\n|\r|\n/g, BREAK);
    return text.replaceAll("\x1b\r", BREAK).replaceAll("\x1b\n", BREAK);
  }
}

/** The length of the end of a text that may begin a mark. An escape alone is a key, and is not kept back. */
function beginningAtEnd(text: string, mark: string): number {
  for (let length = Math.min(mark.length - 1, text.length); length > 1; length--)
    if (mark.startsWith(text.slice(-length))) return length;
  return 0;
}

/** Lines that are put together: while one ends with a backslash, or between two lines of `"""`. */
export class MultiLine {
  readonly #typed: boolean;
  #lines: string[] = [];
  #quoted = false;

  /** @param typed Without it lines come from a pipe: they are what they are, but for those between `"""`. */
  constructor({ typed = true }: { readonly typed?: boolean } = {}) {
    this.#typed = typed;
  }

  /** Whether another line belongs to what was typed so far. */
  get open(): boolean {
    return this.#quoted || this.#lines.length > 0;
  }

  /** What was typed, once it is whole. */
  push(typed: string): string | undefined {
    const line = this.#typed ? typed.replaceAll(BREAK, "\n") : typed;
    if (line.trim() === '"""') {
      this.#quoted = !this.#quoted;
      return this.#quoted ? undefined : this.#take();
    }
    if (this.#quoted || (this.#typed && line.endsWith("\\") && !line.endsWith("\\\\"))) {
      this.#lines.push(this.#quoted ? line : line.slice(0, -1));
      return undefined;
    }
    this.#lines.push(line);
    return this.#take();
  }

  /** Forgets what was begun. */
  clear(): void {
    this.#lines = [];
    this.#quoted = false;
  }

  #take(): string {
    const text = this.#lines.join("\n");
    this.clear();
    return text;
  }
}
