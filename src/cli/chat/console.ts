import { createInterface } from "node:readline/promises";
import chalk from "chalk";
import { ParrotletError } from "../../base/index.ts";
import type { ReplyOptions, SessionEvent } from "../../chat/index.ts";
import type { Device } from "../../engine/index.ts";
import { starterNames } from "../../node/index.ts";
import { unknownCharacters } from "../local-model.ts";
import { harmless, isInteractive, oneLine, print, printJson } from "../terminal.ts";
import { type CommandTarget, runCommand, type ShownReply } from "./commands/index.ts";
import { complete } from "./complete.ts";
import { greeting } from "./greeting.ts";
import { openKeyboard } from "./keyboard.ts";
import { BREAK, MultiLine } from "./line-breaks.ts";
import { ReplyPrinter } from "./reply-printer.ts";
import { showHistory } from "./show-history.ts";
import type { Talk } from "./talk.ts";

export interface ChatConsoleOptions {
  readonly talk: Talk;
  readonly device: () => Promise<Device>;
  readonly json: boolean;
  /** Whether Markdown is shown as what it means. */
  readonly markdown: boolean;
}

/** A second Ctrl-C leaves where it comes so soon, in milliseconds. */
const SOON = 2000;

/** A conversation in a terminal, or line by line in a pipe. */
export class ChatConsole implements CommandTarget {
  readonly talk: Talk;
  readonly json: boolean;
  readonly device: () => Promise<Device>;
  readonly #interactive: boolean;
  readonly #markdown: boolean;
  readonly #multiLine: MultiLine;
  /** What the person was told once. */
  readonly #told = new Set<string>();
  #leaving = false;
  #interruptedAt = Number.NEGATIVE_INFINITY;
  #working: AbortController | undefined;

  constructor({ talk, device, json, markdown }: ChatConsoleOptions) {
    this.talk = talk;
    this.device = device;
    this.json = json;
    this.#interactive = isInteractive() && !json;
    this.#markdown = markdown && this.#interactive;
    this.#multiLine = new MultiLine({ typed: this.#interactive });
  }

  /** Talks until the person leaves or the input ends. */
  async talkOn(): Promise<void> {
    const interactive = this.#interactive;
    if (this.json) chalk.level = 0;
    if (interactive) await this.#greet();
    const keyboard = interactive ? openKeyboard() : undefined;
    const lines = createInterface({
      input: keyboard?.input ?? process.stdin,
      ...(interactive ? { output: process.stdout } : {}),
      terminal: interactive,
      prompt: "",
      completer: (line: string) => complete(line, this.talk),
      removeHistoryDuplicates: true,
      history: this.#saidBefore(),
    });
    lines.on("SIGINT", () => this.#interrupt(lines));
    try {
      if (interactive) this.#ask(lines);
      for await (const line of lines) {
        await this.#handle(line);
        if (this.#leaving) break;
        if (interactive) this.#ask(lines);
      }
      if (interactive && !this.#leaving) print();
    } finally {
      lines.close();
      keyboard?.close();
      this.talk.close();
    }
  }

  write(text: string): void {
    if (this.json) printJson({ note: text });
    else print(text);
  }

  remark(text: string): void {
    if (this.#interactive) print(chalk.dim(`(${text})`));
  }

  leave(): void {
    this.#leaving = true;
  }

  async show(
    start: (options: ReplyOptions) => AsyncGenerator<SessionEvent, void>,
    { message, begun = "", goesOn = false }: ShownReply,
  ): Promise<void> {
    const { about, given } = this.talk;
    const printer = new ReplyPrinter({
      ...{ begun, goesOn, json: this.json, interactive: this.#interactive, name: about.name },
      trims: about.kind !== "text" && begun === "",
      markdown: this.#markdown && about.kind !== "text" && begun === "",
      isAsked: given.maxNewTokens !== undefined || about.kind === "text",
      contextWindow: this.talk.backend.contextWindow,
    });
    await this.stoppable(async (signal) => {
      try {
        for await (const event of start({ signal })) {
          printer.take(event);
          if (event.type === "prompt") this.#tellOfSight(event, printer);
        }
      } catch (error) {
        printer.breakOff();
        throw error;
      }
    });
    if (this.json) printJson({ message, ...printer.told, model: about.label });
  }

  async stoppable<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const abort = new AbortController();
    this.#working = abort;
    try {
      return await work(abort.signal);
    } finally {
      this.#working = undefined;
    }
  }

  async #greet(): Promise<void> {
    const { about, workspace, keep, conversation } = this.talk;
    const names = new Set([...(await workspace.runNames()), ...(await starterNames())]);
    names.delete(about.local?.found.run?.name ?? about.label);
    for (const line of await greeting(about, names.size, keep.on)) print(line);
    if (conversation.path.length === 0) return;
    print(showHistory(this.talk, { width: process.stdout.columns ?? 100, last: 3 }));
  }

  /** What the arrow keys recall of a conversation that is gone on with, the newest first. */
  #saidBefore(): string[] {
    const mine = this.talk.conversation.path.filter(({ role }) => role === "user");
    return mine.map(({ text }) => text.replaceAll("\n", BREAK)).reverse();
  }

  #ask(lines: Lines): void {
    const prompt = this.talk.about.kind === "text" ? "text " : "you ";
    lines.setPrompt(this.#multiLine.open ? chalk.dim("... ") : chalk.bold(prompt));
    lines.prompt();
  }

  async #handle(line: string): Promise<void> {
    const whole = this.#multiLine.push(line);
    const said = whole?.trim() ?? "";
    if (whole === undefined || said === "") return;
    try {
      if (said.startsWith("/")) await runCommand(this, said);
      else await this.#say(this.talk.about.kind === "text" ? whole : said);
    } catch (error) {
      if (!(error instanceof ParrotletError)) throw error;
      if (this.json) printJson({ error: { code: error.code, message: error.message } });
      else print(chalk.yellow(oneLine(harmless(error.message)))); // a server's words may be in it
    }
  }

  async #say(text: string): Promise<void> {
    const { kind, local } = this.talk.about;
    const unknown = local ? unknownCharacters(local.tokenizer, text) : [];
    if (unknown.length > 0)
      this.remark(
        `the model does not know ${unknown.map((each) => JSON.stringify(each)).join(", ")} and reads <unk> there`,
      );
    await this.show((options) => this.talk.say(text, options), {
      message: text,
      begun: kind === "text" ? text : "",
    });
    if (this.#interactive && /^(quit|exit|help|q)$/i.test(text.trim()))
      this.remark(`a command begins with a slash: ${/help/i.test(text) ? "/help" : "/quit"}`);
  }

  /** What the model does not see is said once. */
  #tellOfSight(event: Extract<SessionEvent, { type: "prompt" }>, printer: ReplyPrinter): void {
    const { about, conversation } = this.talk;
    const once = (what: string, text: string): void => {
      const key = `${what} ${conversation.id} ${about.label}`;
      if (this.#told.has(key)) return;
      this.#told.add(key);
      printer.after(text);
    };
    if (event.dropped.length > 0)
      once(
        "dropped",
        "it no longer sees what was said first: its context window is full. /history shows what, /reset begins anew",
      );
    if (event.ignored.includes("system")) once("system", `${about.label} takes no message of the system`);
  }

  /** Ctrl-C stops a reply; at the prompt it clears what is typed, and leaves where that is nothing. */
  #interrupt(lines: Lines): void {
    if (this.#working) this.#working.abort();
    else if (lines.line !== "" || this.#multiLine.open) this.#clear(lines);
    else if (performance.now() - this.#interruptedAt < SOON) {
      print();
      this.leave();
      lines.close();
    } else {
      this.#interruptedAt = performance.now();
      print(chalk.dim("\n(Ctrl-C again leaves)"));
      this.#ask(lines);
    }
  }

  #clear(lines: Lines): void {
    lines.write(null, { ctrl: true, name: "e" });
    lines.write(null, { ctrl: true, name: "u" });
    if (!this.#multiLine.open) return;
    this.#multiLine.clear();
    print();
    this.#ask(lines);
  }
}

type Lines = ReturnType<typeof createInterface>;
