import chalk from "chalk";
import stringWidth from "string-width";
import type { SessionEvent } from "../../chat/index.ts";
import type { FinishReason } from "../../generate/index.ts";
import { print, printable, printNote } from "../terminal.ts";
import { ReplyView } from "./reply-view.ts";

export interface ReplyPrinterOptions {
  /** Who speaks. */
  readonly name: string;
  /** What a text begins with that the reply goes on with. */
  readonly begun: string;
  /** What comes follows a reply that stands above. */
  readonly goesOn: boolean;
  /** It is a reply: white space around it is no part of it. */
  readonly trims: boolean;
  readonly json: boolean;
  readonly interactive: boolean;
  readonly markdown: boolean;
  /** Whether somebody said how many tokens a reply may have. */
  readonly isAsked: boolean;
  readonly contextWindow: number;
}

/** Writes a reply as it comes, after the name of who speaks, and at its end why it was cut, if it was. */
export class ReplyPrinter {
  readonly #options: ReplyPrinterOptions;
  readonly #after: string[] = [];
  #view: ReplyView | undefined;
  #begun = false;
  /** Whether the line that the reply stands on has something. */
  #written = false;
  #reply = "";
  /** White space that is part of a reply only if something follows. */
  #space = "";
  #finish: FinishReason = "aborted";

  constructor(options: ReplyPrinterOptions) {
    this.#options = options;
  }

  /** What machines are told. */
  get told(): { readonly reply: string; readonly finish: FinishReason } {
    return { reply: this.#reply, finish: this.#finish };
  }

  /** Something of less weight, to be said below the reply. */
  after(text: string): void {
    this.#after.push(text);
  }

  take(event: SessionEvent): void {
    if (event.type === "prompt") this.#begin();
    else if (event.type === "delta") this.#push(event.text);
    else this.#end(event);
  }

  /** The reply ends in its middle, and a line of something else follows. */
  breakOff(): void {
    this.#view?.end();
    if (this.#written) print();
  }

  #begin(): void {
    if (this.#begun) return;
    this.#begun = true;
    const { name, begun, json, interactive, markdown, goesOn } = this.#options;
    if (json) return;
    const shown = interactive ? printable(begun) : begun;
    this.#written = interactive || shown !== "";
    const start = `${name} ${goesOn ? "…" : ""}`;
    process.stdout.write(`${interactive ? chalk.cyan(start) : ""}${chalk.bold(shown)}`);
    if (markdown) this.#view = new ReplyView(process.stdout, stringWidth(start));
  }

  #push(text: string): void {
    this.#begin();
    const said = this.#options.trims ? this.#trimmed(text) : text;
    this.#reply += said;
    if (this.#options.json || said === "") return;
    this.#written = true;
    if (this.#view) this.#view.push(said);
    else process.stdout.write(this.#options.interactive ? printable(said) : said);
  }

  /** What a reply begins with may be a space, the model's way to begin a word, and what it ends with a line break. */
  #trimmed(text: string): string {
    const { goesOn } = this.#options;
    const all = this.#space + text;
    const whole = this.#reply === "" && !goesOn ? all.trimStart() : all;
    const said = whole.trimEnd();
    this.#space = whole.slice(said.length);
    return said;
  }

  #end({ finish, usage }: Extract<SessionEvent, { type: "end" }>): void {
    this.#begin();
    this.#finish = finish;
    this.#view?.end();
    const { json, interactive, isAsked, contextWindow, goesOn } = this.#options;
    if (json) return;
    const isFull = !isAsked && usage.promptTokens + usage.completionTokens >= contextWindow;
    const cut = isFull ? " (cut: its context window is full)" : " (cut: see /tokens)";
    const whole = this.#reply === "" && interactive ? (goesOn ? "(it was whole)" : "(says nothing)") : "";
    const ends: Readonly<Record<FinishReason, string>> = { stop: whole, aborted: " (stopped)", length: cut };
    if (!interactive) {
      print();
      if (ends[finish]) printNote(ends[finish].trim());
      return;
    }
    print(chalk.dim(ends[finish]));
    for (const text of this.#after) print(chalk.dim(`(${text})`));
  }
}
