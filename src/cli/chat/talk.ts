import { randomInt } from "node:crypto";
import { ParrotletError } from "../../base/index.ts";
import {
  type ChatBackend,
  type ChatMessage,
  ChatSession,
  Conversation,
  type ConversationRecord,
  type HeldBackend,
  type MessageRecord,
  type PromptEvent,
  type ReplyOptions,
  type SessionEvent,
} from "../../chat/index.ts";
import { type GenerationConfig, generationConfig } from "../../generate/index.ts";
import { type NodeModelHost, systemSources } from "../../node/index.ts";
import { renderContinuation, type Tokenizer } from "../../text/index.ts";
import type { Workspace } from "../../workspace/index.ts";
import { MAX_NEW_TOKENS, usualSampling } from "../sampling-options.ts";
import { type AboutModel, aboutModel } from "./about-model.ts";
import { goOn } from "./go-on.ts";
import type { Keep } from "./keep.ts";

export interface TalkOptions {
  readonly workspace: Workspace;
  readonly host: NodeModelHost;
  readonly keep: Keep;
  /** What the person asked for of the config; what suits the model fills in the rest. */
  readonly given: Partial<GenerationConfig>;
  /** A reply gets this much at most where the person says nothing; less where the window is smaller. @default by the model */
  readonly usualNewTokens?: number | undefined;
  readonly conversation?: Conversation | undefined;
}

/** What was gone on from, and what came. */
interface Last {
  /** In the tokens of a model of ours, which may be another by now. */
  readonly prompt: (tokenizer: Tokenizer) => readonly number[];
  readonly reply: string;
}

/** A reply of a model elsewhere gets this much at most, where nobody says how much. */
const USUAL_ELSEWHERE = 1024;

/** A conversation and the model that answers in it; each may be changed while the other goes on. */
export class Talk {
  readonly workspace: Workspace;
  readonly host: NodeModelHost;
  readonly keep: Keep;
  /** See `TalkOptions`. */
  readonly usual: number | undefined;
  #given: Partial<GenerationConfig>;
  #held: HeldBackend;
  #about: AboutModel;
  #session: ChatSession;
  /** What the model was given last. */
  #prompt: PromptEvent | undefined;
  #last: Last | undefined;

  private constructor(options: TalkOptions, held: HeldBackend, about: AboutModel) {
    this.workspace = options.workspace;
    this.host = options.host;
    this.keep = options.keep;
    this.#given = options.given;
    this.usual = options.usualNewTokens;
    this.#held = held;
    this.#about = about;
    this.#session = this.#sessionOf(options.conversation ?? Conversation.begin(systemSources));
  }

  /** @throws {ParrotletError} Those of `ModelHost.open`. */
  static async open(reference: string | undefined, options: TalkOptions): Promise<Talk> {
    const held = await options.host.open(reference);
    return new Talk(options, held, await aboutHeld(options.workspace, held));
  }

  get session(): ChatSession {
    return this.#session;
  }
  get conversation(): Conversation {
    return this.#session.conversation;
  }
  get backend(): ChatBackend {
    return this.#held.backend;
  }
  get about(): AboutModel {
    return this.#about;
  }
  get given(): Partial<GenerationConfig> {
    return this.#given;
  }
  /** What the last prompt held, and left out. */
  get prompt(): PromptEvent | undefined {
    return this.#prompt;
  }
  get last(): Last | undefined {
    return this.#last;
  }

  /** What the person asked for, with what suits a model. */
  configFor(about: AboutModel): Partial<GenerationConfig> {
    return { ...usualSampling(about.kind), ...this.#given };
  }

  /**
   * Changes what is asked for; undefined gives a field back to its default.
   *
   * @throws {ParrotletError} `generation-config`; nothing is changed then.
   */
  set(key: keyof GenerationConfig, value: unknown): void {
    const { [key]: _, ...others } = this.#given;
    const given = value === undefined ? others : { ...others, [key]: value };
    generationConfig(given);
    this.#given = given;
    this.#configure();
  }

  /** Says something to a model, or gives it a text to go on with. */
  async *say(text: string, options?: ReplyOptions): AsyncGenerator<SessionEvent, void> {
    if (this.#about.kind !== "text") return yield* this.#watched(this.#session.send(text, options));
    const user = this.conversation.userMessage(text);
    yield* this.#write(user, { prompt: text, options, make: (id) => ({ to: id, begun: "" }) });
  }

  /** Goes on with a text that is no part of the conversation. */
  async *write(text: string, options?: ReplyOptions): AsyncGenerator<SessionEvent, void> {
    if (this.#about.kind === "text") return yield* this.say(text, options);
    let reply = "";
    for await (const event of goOn(this.backend, text, this.#textConfig(), options)) {
      if (event.type === "delta") {
        reply += event.text;
        yield event;
      } else yield { ...event, message: undefined };
    }
    this.#last = { prompt: textPrompt(text), reply };
  }

  async *retry(options?: ReplyOptions): AsyncGenerator<SessionEvent, void> {
    if (this.#about.kind !== "text") return yield* this.#watched(this.#session.regenerate(options));
    const user = this.conversation.path.findLast(({ role }) => role === "user");
    if (!user) throw nothing("Nothing was said that could be gone on with.");
    yield* this.#write(user, { prompt: user.text, options, make: (id) => ({ to: id, begun: "" }) });
  }

  /** @param id A message of the person. */
  async *edit(id: string, text: string, options?: ReplyOptions): AsyncGenerator<SessionEvent, void> {
    if (this.#about.kind !== "text") return yield* this.#watched(this.#session.edit(id, text, options));
    const user = this.conversation.edited(id, text);
    yield* this.#write(user, { prompt: text, options, make: (to) => ({ to, begun: "" }) });
  }

  async *goOn(options?: ReplyOptions): AsyncGenerator<SessionEvent, void> {
    if (this.#about.kind !== "text") return yield* this.#watched(this.#session.continueReply(options));
    const { head, path } = this.conversation;
    const user = path.at(-2);
    if (head?.role !== "assistant" || user?.role !== "user") throw nothing("There is no text to go on with.");
    const make = () => ({ to: undefined, begun: head.text });
    yield* this.#write(user, { prompt: user.text + head.text, options, make });
  }

  /** Talks to another model. The conversation goes on. */
  async switchTo(reference: string): Promise<void> {
    const held = await this.open(reference);
    const about = await aboutHeld(this.workspace, held);
    this.#held.release();
    this.#held = held;
    this.#about = about;
    this.#prompt = undefined;
    this.#session.switchTo(held.backend, this.#usualNewTokens());
    this.#configure();
  }

  /** A model by its name or address, or a checkpoint of the present run by its step. */
  open(reference: string): Promise<HeldBackend> {
    const { run } = this.#about.local?.found ?? {};
    const isStep = /^(\d+|best|newest)$/.test(reference);
    return this.host.open(run && isStep ? `run:${run.name}@${reference}` : reference);
  }

  /** Talks in another conversation. */
  turnTo(conversation: Conversation): void {
    this.#session = this.#sessionOf(conversation);
    this.#prompt = undefined;
    this.#last = undefined;
  }

  close(): void {
    this.#held.release();
  }

  #sessionOf(conversation: Conversation): ChatSession {
    return new ChatSession({
      backend: this.#held.backend,
      conversation,
      config: this.configFor(this.#about),
      usualNewTokens: this.#usualNewTokens(),
      nextSeed: () => randomInt(2 ** 32 - 1),
      onRecord: (record) => this.keep.record(conversation, record),
    });
  }

  #usualNewTokens(): number {
    if (this.usual !== undefined) return this.usual;
    return this.backend.kind === "tiny" ? this.backend.contextWindow : USUAL_ELSEWHERE;
  }

  #configure(): void {
    const wanted = this.configFor(this.#about);
    const names = Object.keys(generationConfig()) as (keyof GenerationConfig)[];
    this.#session.setConfig(Object.fromEntries(names.map((name) => [name, wanted[name]])));
  }

  #textConfig(): GenerationConfig {
    const usual = { maxNewTokens: this.usual ?? MAX_NEW_TOKENS, seed: randomInt(2 ** 32 - 1) };
    return generationConfig({ ...usual, ...this.configFor(this.#about) });
  }

  async *#watched(events: AsyncGenerator<SessionEvent, void>): AsyncGenerator<SessionEvent, void> {
    let reply = "";
    for await (const event of events) {
      if (event.type === "prompt") this.#prompt = event;
      else if (event.type === "delta") reply += event.text;
      else if (this.#prompt) this.#last = { prompt: chatPrompt(this.#prompt), reply };
      yield event;
    }
  }

  /** A text as a message of the conversation: what it began with is the person's, the rest is the model's. */
  async *#write(user: MessageRecord, { prompt, options, make }: Writing): AsyncGenerator<SessionEvent, void> {
    const { conversation, backend } = this;
    const { to, begun } = make(user.id);
    if (!conversation.messages.includes(user)) {
      await backend.countTextTokens(prompt); // what cannot be read is not recorded
      await this.#record(user);
    }
    let [said, end]: [string, Extract<SessionEvent, { type: "end" }> | undefined] = ["", undefined];
    let message: MessageRecord | undefined;
    const head = conversation.head?.id ?? "";
    try {
      for await (const event of goOn(backend, prompt, this.#textConfig(), options)) {
        if (event.type === "end") end = { ...event, message: undefined };
        else {
          said += event.text;
          yield event;
        }
      }
    } finally {
      if (said !== "") {
        const timing = end && { ...end.timing, tokensPerSecond: speedOf(end) };
        const model = { address: backend.address, name: backend.name };
        const { finish = "aborted", usage } = end ?? {};
        const content = { text: begun + said, model, finish, usage, timing };
        message = to === undefined ? conversation.continued(head, content) : conversation.reply(to, content);
        await this.#record(message);
      }
    }
    this.#last = { prompt: textPrompt(prompt), reply: said };
    if (end) yield { ...end, message };
  }

  async #record(record: ConversationRecord): Promise<void> {
    await this.keep.record(this.conversation, record);
    this.conversation.append(record);
  }
}

/** What is known of a model; it is given back where that cannot be read. */
async function aboutHeld(workspace: Workspace, held: HeldBackend): Promise<AboutModel> {
  try {
    return await aboutModel(workspace, held.backend);
  } catch (error) {
    held.release();
    throw error;
  }
}

interface Writing {
  readonly prompt: string;
  readonly options: ReplyOptions | undefined;
  /** What the text answers, undefined for the newest reply gone on with; and what it begins with. */
  readonly make: (user: string) => { readonly to: string | undefined; readonly begun: string };
}

const nothing = (message: string): ParrotletError => new ParrotletError("message-not-found", message);

const speedOf = ({ usage, timing }: Extract<SessionEvent, { type: "end" }>): number =>
  timing.total > 0 ? (usage.completionTokens * 1000) / timing.total : 0;

const textPrompt =
  (text: string): Last["prompt"] =>
  (tokenizer) => [tokenizer.special.bos, ...tokenizer.encode(text)];

function chatPrompt({ system, kept }: PromptEvent): Last["prompt"] {
  const first: ChatMessage[] = system === undefined ? [] : [{ role: "system", text: system }];
  const messages = [...first, ...kept.map(({ role, text }) => ({ role, text }))];
  return (tokenizer) => renderContinuation(tokenizer, messages);
}
