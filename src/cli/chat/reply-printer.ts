import chalk from "chalk";
import stringWidth from "string-width";
import type { SessionEvent } from "../../chat/index.ts";
import type { FinishReason } from "../../generate/index.ts";
import { print, printable } from "../terminal.ts";
import { ReplyView } from "./reply-view.ts";

export interface ReplyPrinterOptions {
  /** Who speaks. */
  readonly name: string;
  /** What a text begins with that the reply goes on with. */
  readonly begun: string;
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
  #reply = "";
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
    if (this.#begun && !this.#options.json) print();
  }

  #begin(): void {
    if (this.#begun) return;
    this.#begun = true;
    const { name, begun, json, interactive, markdown } = this.#options;
    if (json) return;
    const shown = interactive ? printable(begun) : begun;
    process.stdout.write(`${interactive ? `${chalk.cyan(name)} ` : ""}${chalk.bold(shown)}`);
    if (markdown) this.#view = new ReplyView(process.stdout, stringWidth(name) + 1);
  }

  #push(text: string): void {
    this.#begin();
    // What a reply begins with may be a space: the model's way to begin a word.
    const said = this.#reply === "" && this.#options.begun === "" ? text.trimStart() : text;
    this.#reply += said;
    if (this.#options.json || said === "") return;
    if (this.#view) this.#view.push(said);
    else process.stdout.write(this.#options.interactive ? printable(said) : said);
  }

  #end({ finish, usage }: Extract<SessionEvent, { type: "end" }>): void {
    this.#begin();
    this.#finish = finish;
    this.#view?.end();
    const { json, interactive, isAsked, contextWindow } = this.#options;
    if (json) return;
    const isFull = !isAsked && usage.promptTokens + usage.completionTokens >= contextWindow;
    const cut = isFull ? " (cut: its context window is full)" : " (cut: see /tokens)";
    const ends: Readonly<Record<FinishReason, string>> = { stop: "", aborted: " (stopped)", length: cut };
    print(chalk.dim(ends[finish]));
    if (!interactive) return;
    for (const text of this.#after) print(chalk.dim(`(${text})`));
  }
}
