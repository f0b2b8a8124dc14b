import { createInterface } from "node:readline/promises";
import chalk from "chalk";
import { ParrotletError } from "../../base/index.ts";
import type { Device } from "../../engine/index.ts";
import type { GradedAnswer } from "../../evaluate/index.ts";
import type { FinishReason, GenerationConfig } from "../../generate/index.ts";
import { checkpointOf, findModel } from "../../node/index.ts";
import type { ConversationRecord, Workspace } from "../../workspace/index.ts";
import { isInteractive, oneLine, print, printJson, table, verdictStyle } from "../terminal.ts";
import { drawAttention } from "./attention.ts";
import { type CommandTarget, chatCommands, runCommand } from "./commands.ts";
import { openKeyboard } from "./keyboard.ts";
import { ChatModel } from "./model.ts";

export interface ChatConsoleOptions {
  readonly workspace: Workspace;
  readonly device: Device;
  readonly model: ChatModel;
  readonly config: GenerationConfig;
  readonly json: boolean;
}

/** A conversation in a terminal, or line by line in a pipe. */
export class ChatConsole implements CommandTarget {
  readonly workspace: Workspace;
  model: ChatModel;
  config: GenerationConfig;
  readonly #device: Device;
  readonly #json: boolean;
  readonly #records: ConversationRecord[] = [];
  #leaving = false;
  #replying: AbortController | undefined;

  constructor({ workspace, device, model, config, json }: ChatConsoleOptions) {
    this.workspace = workspace;
    this.model = model;
    this.config = config;
    this.#device = device;
    this.#json = json;
  }

  /** Talks until the person leaves or the input ends. */
  async talk(): Promise<void> {
    const interactive = isInteractive() && !this.#json;
    if (this.#json) chalk.level = 0;
    if (interactive) await this.#greet();
    const keyboard = interactive ? openKeyboard() : undefined;
    const lines = createInterface({
      input: keyboard?.input ?? process.stdin,
      ...(interactive ? { output: process.stdout } : {}),
      terminal: interactive,
      prompt: interactive ? chalk.bold("you ") : "",
      completer: (line: string) => this.#complete(line),
      removeHistoryDuplicates: true,
    });
    lines.on("SIGINT", () => this.#interrupt(lines));
    try {
      if (interactive) lines.prompt();
      for await (const line of lines) {
        await this.#handle(line.trim());
        if (this.#leaving) break;
        if (interactive) lines.prompt();
      }
    } finally {
      lines.close();
      keyboard?.close();
      this.model.release();
    }
  }

  write(text: string): void {
    if (this.#json) printJson({ note: text });
    else print(text);
  }

  leave(): void {
    this.#leaving = true;
  }

  async switchTo(reference: string): Promise<void> {
    const next = await this.#load(reference);
    this.model.release();
    this.model = next;
    this.write(`This is ${chalk.cyan(next.label)} now.`);
  }

  async compare(references: readonly [string, string], message: string): Promise<void> {
    const asked = message || this.#records.findLast(({ role }) => role === "user")?.text;
    if (asked === undefined)
      throw new ParrotletError("usage", "Say something first, or add a message: /compare A B MESSAGE.");
    const rows: string[][] = [];
    for (const reference of references) {
      const model = await this.#load(reference);
      rows.push([model.label, await model.replyText(asked, this.config)]);
      model.release();
    }
    if (this.#json) printJson({ message: asked, replies: Object.fromEntries(rows) });
    else print(table(["model", asked], rows));
  }

  async listQuestions(): Promise<void> {
    const examination = await this.model.examination();
    if (!examination)
      throw new ParrotletError("no-run", `Nobody has kept what ${this.model.label} was trained on.`);
    const marked = ({ question, answer, verdict }: GradedAnswer): string[] => {
      const { mark, color } = verdictStyle(verdict);
      return [chalk[color](mark), question, answer];
    };
    this.write(table(["", "it learned", "and says"], examination.all.map(marked)));
    if (examination.unseen.length > 0)
      this.write(`\n${table(["", "it never saw", "and says"], examination.unseen.map(marked))}`);
  }

  /** Says who is there, and what one may ask: a model this small knows little. */
  async #greet(): Promise<void> {
    print(`This is ${chalk.cyan(this.model.label)}. Say something, or /help. Leave with /quit.`);
    const { exam = [] } = (await this.model.examination()) ?? {};
    const questions = exam.slice(0, 4).map(({ question }) => oneLine(question));
    if (questions.length > 0)
      print(chalk.dim(`It was asked: ${questions.join(" · ")} (all of it: /questions)`));
  }

  showAttention(): void {
    const [message, reply] = this.#records.slice(-2);
    if (!message || !reply) throw new ParrotletError("usage", "Say something first.");
    this.write(drawAttention(this.model, message.text, reply.text));
  }

  async save(name: string): Promise<void> {
    if (this.#records.length === 0) throw new ParrotletError("usage", "There is nothing to save yet.");
    this.write(
      `Saved as ${await this.workspace.saveConversation(name || `${this.model.label}-chat`, this.#records)}`,
    );
  }

  /** A model by its name or path, or a checkpoint of the present run by its step. */
  async #load(reference: string): Promise<ChatModel> {
    const { run } = this.model.found;
    const isStep = /^(\d+|best|newest)$/.test(reference);
    const found =
      run && isStep ? await checkpointOf(run, reference) : await findModel(this.workspace, reference);
    return ChatModel.load(found, this.#device);
  }

  async #handle(line: string): Promise<void> {
    if (line === "") return;
    try {
      await (line.startsWith("/") ? runCommand(this, line) : this.#reply(line));
    } catch (error) {
      if (!(error instanceof ParrotletError)) throw error;
      if (this.#json) printJson({ error: { code: error.code, message: error.message } });
      else print(chalk.yellow(error.message));
    }
  }

  async #reply(message: string): Promise<void> {
    const abort = new AbortController();
    this.#replying = abort;
    try {
      const { text, finish } = await this.#stream(this.model.reply(message, this.config, abort.signal));
      const { label: model } = this.model;
      this.#records.push({ role: "user", text: message }, { role: "assistant", text, model });
      if (this.#json) printJson({ message, reply: text, finish, model });
      else print(chalk.dim(this.#endOf(text, finish)));
      if (isInteractive() && /^(quit|exit|help|q)$/i.test(message))
        print(chalk.dim(`(A command begins with a slash: ${/help/i.test(message) ? "/help" : "/quit"})`));
    } finally {
      this.#replying = undefined;
    }
  }

  /** What is said of a reply that did not come to its end. */
  #endOf(text: string, finish: FinishReason): string {
    if (finish === "stop") return "";
    if (finish === "aborted") return " (stopped)";
    const tokens = this.model.checkpoint.tokenizer.encode(text).length;
    return tokens < this.config.maxNewTokens ? " (cut: its context window is full)" : " (cut: see /tokens)";
  }

  /** Writes a reply as it comes, and returns it whole. */
  async #stream(
    pieces: AsyncGenerator<string, FinishReason>,
  ): Promise<{ text: string; finish: FinishReason }> {
    const label = isInteractive() ? `${chalk.cyan(this.model.label)} ` : "";
    let text = "";
    let next = await pieces.next();
    if (!this.#json) process.stdout.write(label);
    for (; !next.done; next = await pieces.next()) {
      text += next.value;
      if (!this.#json) process.stdout.write(next.value);
    }
    return { text, finish: next.value };
  }

  /** Ctrl-C stops a reply; at the prompt it clears the line, and leaves where there is none. */
  #interrupt(lines: ReturnType<typeof createInterface>): void {
    if (this.#replying) this.#replying.abort();
    else if (lines.line !== "") {
      lines.write(null, { ctrl: true, name: "e" });
      lines.write(null, { ctrl: true, name: "u" });
    } else {
      print();
      this.leave();
      lines.close();
    }
  }

  async #complete(line: string): Promise<[string[], string]> {
    const [command = "", argument] = /^(\S+)(?:\s+(\S*))?$/.exec(line)?.slice(1) ?? [];
    if (!line.startsWith("/")) return [[], line];
    if (argument === undefined) {
      const names = Object.values(chatCommands).map(({ usage }) => usage.replace(/ .*/, " "));
      return [names.filter((name) => name.startsWith(command)), line];
    }
    const steps = (await this.model.found.run?.checkpoints())?.map(String) ?? [];
    const words =
      { "/model": await this.workspace.runNames(), "/checkpoint": steps, "/compare": steps }[command] ?? [];
    return [words.filter((word) => word.startsWith(argument)), argument];
  }
}
