import { createInterface } from "node:readline/promises";
import chalk from "chalk";
import { ParrotletError } from "../../base/index.ts";
import { Conversation } from "../../chat/index.ts";
import type { Device } from "../../engine/index.ts";
import type { FinishReason, GenerationConfig } from "../../generate/index.ts";
import { checkpointOf, findModel, starterNames, systemSources } from "../../node/index.ts";
import { renderPrompt, type TemplateMessage, type Tokenizer } from "../../text/index.ts";
import { ConversationStore, type Workspace } from "../../workspace/index.ts";
import { isInteractive, print, printable, printJson, table } from "../terminal.ts";
import { drawAttention } from "./attention.ts";
import { type CommandTarget, runCommand } from "./commands.ts";
import { complete } from "./complete.ts";
import { greeting, questionsOf } from "./greeting.ts";
import { openKeyboard } from "./keyboard.ts";
import { listModels } from "./list-models.ts";
import { ChatModel, type Pieces } from "./model.ts";

export interface ChatConsoleOptions {
  readonly workspace: Workspace;
  readonly device: Device;
  readonly model: ChatModel;
  /** How replies are drawn, for a model of any kind. */
  readonly configFor: (model: ChatModel) => GenerationConfig;
  /** Whether each reply is drawn by the same seed. */
  readonly seedStays: boolean;
  readonly json: boolean;
}

/** What was said, and by which model. */
type Said = { readonly role: "user" | "assistant"; readonly text: string; readonly model?: string };

/** What was gone on from, and what came. */
interface Last {
  /** In the tokens of a model, which may be another by now. */
  readonly prompt: (tokenizer: Tokenizer) => readonly number[];
  readonly reply: string;
}

/** A conversation in a terminal, or line by line in a pipe. */
export class ChatConsole implements CommandTarget {
  readonly workspace: Workspace;
  model: ChatModel;
  config: GenerationConfig;
  seedStays: boolean;
  system = "";
  readonly #device: Device;
  readonly #json: boolean;
  readonly #configFor: ChatConsoleOptions["configFor"];
  /** What was said, for the person; and what of it a model of conversations sees. */
  #records: Said[] = [];
  #turns: TemplateMessage[] = [];
  #toldOfDropped = false;
  #last: Last | undefined;
  #leaving = false;
  #replying: AbortController | undefined;

  constructor({ workspace, device, model, configFor, seedStays, json }: ChatConsoleOptions) {
    this.workspace = workspace;
    this.model = model;
    this.config = configFor(model);
    this.seedStays = seedStays;
    this.#configFor = configFor;
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
      prompt: "",
      completer: (line: string) => complete(line, this.workspace, this.model),
      removeHistoryDuplicates: true,
    });
    lines.on("SIGINT", () => this.#interrupt(lines));
    try {
      if (interactive) this.#ask(lines);
      for await (const line of lines) {
        await this.#handle(line);
        if (this.#leaving) break;
        if (interactive) this.#ask(lines);
      }
    } finally {
      lines.close();
      keyboard?.close();
      this.model.release();
    }
  }

  #ask(lines: Lines): void {
    lines.setPrompt(chalk.bold(this.model.kind === "text" ? "text " : "you "));
    lines.prompt();
  }

  write(text: string): void {
    if (this.#json) printJson({ note: text });
    else print(text);
  }

  leave(): void {
    this.#leaving = true;
  }

  async switchTo(reference: string): Promise<void> {
    const [before, next] = [this.model, await this.#load(reference)];
    this.model = next;
    if (next.kind !== before.kind) {
      this.#last = undefined;
      this.#turns = [];
      this.config = this.#configFor(next);
    }
    before.release();
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
    for (const text of await questionsOf(this.model)) this.write(text);
  }

  async listModels(): Promise<void> {
    const { run, label } = this.model.found;
    this.write(await listModels(this.workspace, run?.name ?? label));
  }

  async #greet(): Promise<void> {
    const { run, label } = this.model.found;
    const names = new Set([...(await this.workspace.runNames()), ...(await starterNames())]);
    names.delete(run?.name ?? label);
    const others = names.size;
    for (const line of await greeting(this.model, others)) print(line);
  }

  reset(): void {
    this.#turns = [];
    this.#records = [];
    this.#last = undefined;
    this.#toldOfDropped = false;
    this.write("Forgotten.");
  }

  showAttention(layer: number | undefined): void {
    if (!this.#last) throw new ParrotletError("usage", "Say something first.");
    const width = process.stdout.columns ?? 120;
    const { prompt, reply } = this.#last;
    const ids = prompt(this.model.checkpoint.tokenizer);
    this.write(drawAttention(this.model, { prompt: ids, reply, layer, width }));
  }

  async save(name: string): Promise<void> {
    if (this.#records.length === 0) throw new ParrotletError("usage", "There is nothing to save yet.");
    const store = new ConversationStore(this.workspace.storage, systemSources);
    const id = (name || `${this.model.label}-chat`).replaceAll("@", "-");
    const conversation = Conversation.begin(systemSources, { id, system: this.system || undefined });
    for (const { role, text, model } of this.#records) {
      const by = model === undefined ? {} : { model: { name: model } };
      conversation.append(
        role === "user" ? conversation.userMessage(text) : conversation.assistantMessage({ text, ...by }),
      );
    }
    this.write(`Saved as ${store.describe((await store.add(conversation)).id)}`);
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
    const said = line.trim();
    if (said === "") return;
    try {
      if (said.startsWith("/")) await runCommand(this, said);
      else await (this.model.kind === "text" ? this.goOn(line) : this.#reply(said));
    } catch (error) {
      if (!(error instanceof ParrotletError)) throw error;
      if (this.#json) printJson({ error: { code: error.code, message: error.message } });
      else print(chalk.yellow(error.message));
    }
  }

  async goOn(prompt: string): Promise<void> {
    const { text, finish } = await this.#stream(
      (signal) => this.model.goOn(prompt, this.config, signal),
      prompt,
    );
    const begun = (tokenizer: Tokenizer) => [tokenizer.special.bos, ...tokenizer.encode(prompt)];
    this.#last = { prompt: begun, reply: text };
    const { label: model, kind } = this.model;
    if (kind === "text")
      this.#records.push({ role: "user", text: prompt }, { role: "assistant", text, model });
    if (this.#json) printJson({ message: prompt, reply: text, finish, model });
    else print(chalk.dim(finish === "length" ? " (cut: see /tokens)" : this.#endOf(text, finish)));
  }

  async #reply(message: string): Promise<void> {
    const system: TemplateMessage[] = this.system ? [{ role: "system", text: this.system }] : [];
    const messages = [...system, ...this.#turns, { role: "user", text: message } as const];
    const seen = this.model.seen(messages, this.config);
    const { text, finish } = await this.#stream((signal) => this.model.reply(seen, this.config, signal));
    const { label: model, kind } = this.model;
    this.#last = { prompt: (tokenizer) => renderPrompt(tokenizer, seen), reply: text };
    this.#records.push({ role: "user", text: message }, { role: "assistant", text, model });
    if (kind === "chat" && text !== "")
      this.#turns.push({ role: "user", text: message }, { role: "assistant", text });
    if (this.#json) printJson({ message, reply: text, finish, model });
    else print(chalk.dim(this.#endOf(text, finish)));
    if (kind === "chat" && seen.length < messages.length) this.#tellOfDropped();
    if (isInteractive() && /^(quit|exit|help|q)$/i.test(message))
      print(chalk.dim(`(A command begins with a slash: ${/help/i.test(message) ? "/help" : "/quit"})`));
  }

  #tellOfDropped(): void {
    if (this.#toldOfDropped || this.#json || !isInteractive()) return;
    this.#toldOfDropped = true;
    print(
      chalk.dim("(It no longer sees what was said first: its context window is full. /reset begins anew.)"),
    );
  }

  /** What is said of a reply that did not come to its end. */
  #endOf(text: string, finish: FinishReason): string {
    if (finish === "stop") return "";
    if (finish === "aborted") return " (stopped)";
    const tokens = this.model.countTokens(text);
    return tokens < this.config.maxNewTokens ? " (cut: its context window is full)" : " (cut: see /tokens)";
  }

  /** Writes a reply as it comes, after what it goes on with, and returns it whole. */
  async #stream(
    start: (signal: AbortSignal) => Pieces,
    prompt = "",
  ): Promise<{ text: string; finish: FinishReason }> {
    const [abort, interactive] = [new AbortController(), isInteractive()];
    this.#replying = abort;
    try {
      const pieces = start(abort.signal);
      let text = "";
      let next = await pieces.next();
      if (!this.#json)
        process.stdout.write(`${interactive ? `${chalk.cyan(this.model.name)} ` : ""}${chalk.bold(prompt)}`);
      for (; !next.done; next = await pieces.next()) {
        text += next.value;
        if (!this.#json) process.stdout.write(interactive ? printable(next.value) : next.value);
      }
      if (!this.seedStays) this.config = { ...this.config, seed: (this.config.seed + 1) % 2 ** 32 };
      return { text, finish: next.value };
    } finally {
      this.#replying = undefined;
    }
  }

  /** Ctrl-C stops a reply; at the prompt it clears the line, and leaves where there is none. */
  #interrupt(lines: Lines): void {
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
}

type Lines = ReturnType<typeof createInterface>;
