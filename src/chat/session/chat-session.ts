import { ParrotletError, shown } from "../../base/index.ts";
import { type FinishReason, type GenerationConfig, generationConfig } from "../../generate/index.ts";
import type { ChatBackend, ReplyEvent, ReplyOptions } from "../backend.ts";
import { UnableError } from "../errors.ts";
import type { Conversation, MessageContent } from "./conversation.ts";
import type { ConversationRecord, MessageRecord } from "./records.ts";
import { seenMessages } from "./seen-messages.ts";
import type { SessionEvent, SessionStats } from "./session-events.ts";

/** Fields of a config; undefined for the default. */
export type ConfigChange = { readonly [K in keyof GenerationConfig]?: GenerationConfig[K] | undefined };

export interface ChatSessionOptions {
  readonly backend: ChatBackend;
  readonly conversation: Conversation;
  /** What is not the default. With no `maxNewTokens` the session chooses it, and with no `seed` another one for each reply. */
  readonly config?: ConfigChange | undefined;
  /** See `BudgetOptions`. */
  readonly usualNewTokens?: number | undefined;
  /** Seeds for replies: whole numbers below 2 ** 32. */
  readonly nextSeed: () => number;
  /** Writes a record down. What it is about becomes true once it returns. @default nothing is written */
  readonly onRecord?: ((record: ConversationRecord) => Promise<void>) | undefined;
}

/** What is to be answered, and how the answer is recorded. */
interface Ask {
  /** What the user says; to be recorded once the model has taken it, before anything of the reply is told. */
  readonly user?: MessageRecord | undefined;
  readonly path: readonly MessageRecord[];
  /** What the reply begins with. */
  readonly begun: string;
  readonly record: (content: MessageContent) => MessageRecord;
}

type End = Extract<ReplyEvent, { type: "end" }>;

/**
 * A conversation with a model.
 *
 * `send`, `edit`, `regenerate` and `continueReply` do nothing before their first event is asked for. The user's message is recorded
 * when the model has begun to answer, before anything of the reply is told, and the reply when it ends, trimmed; also where it is
 * aborted or fails midway, then with what was said so far. What the model refuses (a prompt that does not fit, a format it cannot
 * keep to, too many waiting) records nothing, so that trying again says it once. A reply without text is not recorded: the
 * user's message stays, and `regenerate` tries again.
 */
export class ChatSession {
  readonly conversation: Conversation;
  readonly #nextSeed: () => number;
  readonly #onRecord: NonNullable<ChatSessionOptions["onRecord"]>;
  #backend: ChatBackend;
  #usualNewTokens: number | undefined;
  #given: Partial<GenerationConfig> = {};
  #busy = false;
  #dropped = 0;

  constructor(options: ChatSessionOptions) {
    const { backend, conversation, config = {}, usualNewTokens, nextSeed, onRecord } = options;
    this.#backend = backend;
    this.#usualNewTokens = usualNewTokens;
    this.conversation = conversation;
    this.#nextSeed = nextSeed;
    this.#onRecord = onRecord ?? (async () => {});
    this.setConfig(config);
  }

  get backend(): ChatBackend {
    return this.#backend;
  }

  /** Whether a reply is being made. */
  get busy(): boolean {
    return this.#busy;
  }

  /** With defaults where nothing was given. */
  get config(): GenerationConfig {
    return generationConfig(this.#given);
  }

  /** What was given of the config. */
  get given(): Partial<GenerationConfig> {
    return this.#given;
  }

  /**
   * Changes fields of the config; undefined gives one back to the default.
   *
   * @throws {ParrotletError} `generation-config`; nothing is changed then.
   */
  setConfig(change: ConfigChange): void {
    const entries = Object.entries({ ...this.#given, ...change }).filter(([, value]) => value !== undefined);
    const given = Object.fromEntries(entries) as Partial<GenerationConfig>;
    generationConfig(given);
    this.#given = given;
  }

  /** Says something. */
  async *send(text: string, options?: ReplyOptions): AsyncGenerator<SessionEvent, void> {
    const user = this.conversation.userMessage(text);
    yield* this.#answerTo(user, this.conversation.path, options);
  }

  /** Says something otherwise. @param at A message of the user: its id, or its place on the path, from 0. */
  async *edit(at: string | number, text: string, options?: ReplyOptions): AsyncGenerator<SessionEvent, void> {
    const { id, parent } = this.#messageAt(at);
    const user = this.conversation.edited(id, text);
    yield* this.#answerTo(user, this.#pathTo(parent), options);
  }

  /** Answers the newest message of the user again, or for the first time where that did not come to be. */
  async *regenerate(options?: ReplyOptions): AsyncGenerator<SessionEvent, void> {
    const { path } = this.conversation;
    const newest = path.findLastIndex(({ role }) => role === "user");
    const user = path[newest];
    if (!user)
      throw new ParrotletError("message-not-found", "Nothing was said that could be answered again.");
    const record = (content: MessageContent) => this.conversation.reply(user.id, content);
    yield* this.#reply({ path: path.slice(0, newest + 1), begun: "", record }, options);
  }

  /** Goes on with the newest reply, as another version of it. */
  async *continueReply(options?: ReplyOptions): AsyncGenerator<SessionEvent, void> {
    const { head, path } = this.conversation;
    if (head?.role !== "assistant")
      throw new ParrotletError("message-not-found", "There is no reply to go on with. Say something first.");
    const record = (content: MessageContent) => this.conversation.continued(head.id, content);
    yield* this.#reply({ path, begun: head.text, record }, options);
  }

  async undo(): Promise<void> {
    await this.#change(() => this.conversation.undone());
  }

  async redo(): Promise<void> {
    await this.#change(() => this.conversation.redone());
  }

  /** Puts the version before (-1) or after (1) a message on the path. */
  async choose(at: string | number, by: -1 | 1): Promise<void> {
    await this.#change(() => this.conversation.chosenBeside(this.#messageAt(at).id, by));
  }

  /** What the system says from now on; undefined for nothing. */
  async setSystem(text: string | undefined): Promise<void> {
    await this.#change(() => this.conversation.systemChanged(text));
  }

  async setTitle(title: string): Promise<void> {
    await this.#change(() => this.conversation.titled(title));
  }

  /** Another conversation with what was said up to a message. This one goes on as it is. @default at the newest */
  fork(at?: string | number): Conversation {
    return this.conversation.fork(at === undefined ? undefined : this.#messageAt(at).id);
  }

  /** The conversation goes on with another model. The one before is not closed. */
  switchTo(backend: ChatBackend, usualNewTokens?: number): void {
    this.#mustBeFree();
    this.#backend = backend;
    this.#usualNewTokens = usualNewTokens;
    this.#dropped = 0;
  }

  stats(): SessionStats {
    const { messages, path } = this.conversation;
    const newest = path.findLast(({ role }) => role === "assistant");
    const { usage } = newest ?? {};
    let [promptTokens, completionTokens] = [0, 0];
    for (const message of messages) {
      promptTokens += message.usage?.promptTokens ?? 0;
      completionTokens += message.usage?.completionTokens ?? 0;
    }
    return {
      tokensPerSecond: newest?.timing?.tokensPerSecond,
      contextUsed: usage && usage.promptTokens + usage.completionTokens,
      contextWindow: this.#backend.contextWindow,
      dropped: this.#dropped,
      replies: messages.filter(({ role }) => role === "assistant").length,
      totals: { promptTokens, completionTokens },
    };
  }

  #messageAt(at: string | number): MessageRecord {
    if (typeof at === "string") return this.conversation.message(at);
    const { path } = this.conversation;
    const found = path.at(at);
    if (found) return found;
    const message = `There is no message ${shown(at)}: the path has ${path.length}, from 0.`;
    throw new ParrotletError("message-not-found", message);
  }

  #pathTo(id: string | null): readonly MessageRecord[] {
    return id === null ? [] : this.conversation.pathTo(id);
  }

  #mustBeFree(): void {
    if (!this.#busy) return;
    const message = "A reply is being made in this conversation. Stop it, or wait for its end.";
    throw new ParrotletError("session-busy", message);
  }

  async #change(make: () => ConversationRecord): Promise<void> {
    this.#mustBeFree();
    this.#busy = true;
    try {
      await this.#record(make());
    } finally {
      this.#busy = false;
    }
  }

  async #record(record: ConversationRecord): Promise<void> {
    await this.#onRecord(record);
    this.conversation.append(record);
  }

  #answerTo(
    user: MessageRecord,
    before: readonly MessageRecord[],
    options: ReplyOptions | undefined,
  ): AsyncGenerator<SessionEvent, void> {
    const record = (content: MessageContent) => this.conversation.reply(user.id, content);
    return this.#reply({ user, path: [...before, user], begun: "", record }, options);
  }

  async *#reply(ask: Ask, options: ReplyOptions = {}): AsyncGenerator<SessionEvent, void> {
    this.#mustBeFree();
    this.#busy = true;
    try {
      const backend = this.#backend;
      if (!backend.abilities.chat)
        throw new UnableError(backend.name, "take messages", "It goes on with texts.");
      const { system } = this.conversation;
      const { maxNewTokens } = this.#given;
      const usualNewTokens = this.#usualNewTokens;
      const { sent, event } = await seenMessages({
        backend,
        path: ask.path,
        system,
        maxNewTokens,
        usualNewTokens,
      });
      const seed = this.#given.seed ?? this.#nextSeed();
      const config = generationConfig({ ...this.#given, seed, maxNewTokens: event.maxNewTokens });
      const events = backend.reply(sent, config, options);
      try {
        const first = await this.#begun(ask, events);
        this.#dropped = event.dropped.length;
        yield { type: "prompt", ...event, seed };
        yield* this.#stream(ask, goingOn(first, events), config);
      } finally {
        await events.return();
      }
    } finally {
      this.#busy = false;
    }
  }

  /**
   * Records what the user says, and waits for what the backend says first. Where it refuses, the user's message is taken back: who
   * tries again shall not have said it twice.
   */
  async #begun(
    { user }: Ask,
    events: AsyncGenerator<ReplyEvent, void>,
  ): Promise<IteratorResult<ReplyEvent, void>> {
    const before = this.conversation.head?.id;
    if (user) await this.#record(user);
    try {
      return await events.next();
    } catch (error) {
      if (user) await this.#record(this.conversation.takenBackTo(before));
      throw error;
    }
  }

  async *#stream(
    ask: Ask,
    events: AsyncGenerator<ReplyEvent, void>,
    config: GenerationConfig,
  ): AsyncGenerator<SessionEvent, void> {
    const { address, name } = this.#backend;
    let said = "";
    let end: End | undefined;
    let message: MessageRecord | undefined;
    try {
      for await (const event of events) {
        if (event.type === "end") end = event;
        else {
          said += event.text;
          yield event;
        }
      }
    } finally {
      const text = (ask.begun + said).trim();
      if (said.trim() !== "") {
        const model = { address, name };
        message = ask.record({ text, model, ...told(end), config: notDefault(config) });
        await this.#record(message);
      }
    }
    if (end) yield { ...end, message };
  }
}

/** Events of which the first was taken already. */
async function* goingOn(
  first: IteratorResult<ReplyEvent, void>,
  events: AsyncGenerator<ReplyEvent, void>,
): AsyncGenerator<ReplyEvent, void> {
  for (let next = first; !next.done; next = await events.next()) yield next.value;
}

/** What a message keeps of how its reply ended. */
function told(end: End | undefined): Pick<MessageContent, "usage" | "timing"> & { finish: FinishReason } {
  if (!end) return { finish: "aborted" };
  const { finish, usage, timing } = end;
  const tokensPerSecond = timing.total > 0 ? (usage.completionTokens * 1000) / timing.total : 0;
  return { finish, usage, timing: { ...timing, tokensPerSecond } };
}

/** The fields of a config that say something. */
function notDefault(config: GenerationConfig): Partial<GenerationConfig> {
  const defaults: Readonly<Record<string, unknown>> = { ...generationConfig() };
  const says = ([name, value]: [string, unknown]): boolean =>
    JSON.stringify(value) !== JSON.stringify(defaults[name]);
  return Object.fromEntries(Object.entries(config).filter(says)) as Partial<GenerationConfig>;
}
