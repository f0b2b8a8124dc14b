import { isName, NAME_RULE, ParrotletError, shown } from "../../base/index.ts";
import { invalid, withoutUndefined } from "./check-record.ts";
import { Paths } from "./paths.ts";
import type {
  BeginRecord,
  ConversationRecord,
  ConversationSources,
  HeadRecord,
  MessageRecord,
  SystemRecord,
  TitleRecord,
} from "./records.ts";

/** What of a message is not its place. */
export type MessageContent = Omit<MessageRecord, "type" | "id" | "parent" | "role" | "at">;

/** The versions of a message, the oldest first, and which of them it is. */
export interface MessageVersions {
  readonly versions: readonly MessageRecord[];
  /** From 0. */
  readonly index: number;
}

/**
 * What was said, with all its versions: a tree of messages, of which one path is what a model sees. It is what its records make
 * of it, which are only ever added to.
 *
 * What changes it are records: `userMessage`, `edited`, `undone` and their like make one, and `append` makes it true. In between
 * it can be written down, so that nothing is true that is not kept.
 */
export class Conversation {
  readonly #sources: ConversationSources;
  readonly #records: ConversationRecord[] = [];
  readonly #messages = new Map<string, MessageRecord>();
  readonly #children = new Map<string | null, MessageRecord[]>();
  readonly #paths = new Paths(this.#messages);
  readonly #begin: BeginRecord;
  #title: string | undefined;
  #system: string | undefined;

  private constructor(begin: BeginRecord, sources: ConversationSources) {
    this.#sources = sources;
    this.#begin = begin;
    this.#records.push(begin);
  }

  /** One in which nothing was said yet. */
  static begin(
    sources: ConversationSources,
    {
      id = sources.newId(),
      title,
      system,
    }: {
      readonly id?: string | undefined;
      readonly title?: string | undefined;
      readonly system?: string | undefined;
    } = {},
  ): Conversation {
    const begun = new Conversation({ type: "conversation", id, at: sources.now() }, sources);
    if (title !== undefined) begun.append(begun.titled(title));
    if (system !== undefined) begun.append(begun.systemChanged(system));
    return begun;
  }

  /** @throws {ParrotletError} `conversation-invalid` where the records are not those of one conversation. */
  static fromRecords(records: readonly ConversationRecord[], sources: ConversationSources): Conversation {
    const [begin, ...rest] = records;
    if (begin?.type !== "conversation")
      throw invalid('A conversation\'s first record must have the type "conversation".');
    const conversation = new Conversation(begin, sources);
    for (const record of rest) conversation.append(record);
    return conversation;
  }

  get id(): string {
    return this.#begin.id;
  }
  get createdAt(): string {
    return this.#begin.at;
  }
  get forkedFrom(): BeginRecord["forkedFrom"] {
    return this.#begin.forkedFrom;
  }
  get title(): string | undefined {
    return this.#title;
  }
  /** What the system says, if anything. */
  get system(): string | undefined {
    return this.#system;
  }
  get records(): readonly ConversationRecord[] {
    return this.#records;
  }
  /** The messages from the first to the newest. */
  get path(): readonly MessageRecord[] {
    return this.#paths.current();
  }
  get head(): MessageRecord | undefined {
    return this.#paths.head === null ? undefined : this.#messages.get(this.#paths.head);
  }
  /** All messages of all versions, as they were recorded. */
  get messages(): readonly MessageRecord[] {
    return [...this.#messages.values()];
  }
  get canRedo(): boolean {
    return this.#paths.redoable !== undefined;
  }

  /** @throws {ParrotletError} `message-not-found`. */
  message(id: string): MessageRecord {
    const found = this.#messages.get(id);
    if (found) return found;
    throw noMessage(`There is no message ${shown(id)} in this conversation.`);
  }

  /** The messages from the first to one. @throws {ParrotletError} `message-not-found`. */
  pathTo(id: string): readonly MessageRecord[] {
    return this.#paths.upTo(this.message(id).id);
  }

  /** @throws {ParrotletError} `message-not-found`. */
  versions(id: string): MessageVersions {
    const message = this.message(id);
    const versions = (this.#children.get(message.parent) ?? []).filter(({ role }) => role === message.role);
    return { versions, index: versions.indexOf(message) };
  }

  /** The next message of the user. */
  userMessage(text: string): MessageRecord {
    return this.#message(this.#paths.head, "user", { text });
  }

  /** What the assistant says next, whatever was said before: for conversations that come from elsewhere. */
  assistantMessage(content: MessageContent): MessageRecord {
    return this.#message(this.#paths.head, "assistant", content);
  }

  /** A reply to a message of the user, beside those that there may be already. */
  reply(to: string, content: MessageContent): MessageRecord {
    const { role, id } = this.message(to);
    if (role !== "user")
      throw noMessage(`${shown(to)} is not a message of the user, so nothing replies to it.`);
    return this.#message(id, "assistant", content);
  }

  /** A reply that begins with the text of another one, beside that. */
  continued(id: string, content: MessageContent): MessageRecord {
    const before = this.message(id);
    if (before.role !== "assistant")
      throw noMessage(`${shown(id)} is not a reply, so it cannot be gone on with.`);
    return this.#message(before.parent, "assistant", { ...content, continues: id });
  }

  /** Another version of a message of the user. What followed the old one still follows that. */
  edited(id: string, text: string): MessageRecord {
    const { role, parent } = this.message(id);
    if (role !== "user")
      throw noMessage(`${shown(id)} is not a message of the user, so it cannot be edited.`);
    return this.#message(parent, "user", { text });
  }

  /** Puts a message on the path, and what was last seen after it. */
  chosen(id: string): HeadRecord {
    this.message(id);
    return this.#head("choose", this.#paths.newestAfter(id));
  }

  /** The version before (-1) or after (1) a message. @throws {ParrotletError} `message-not-found` where there is none. */
  chosenBeside(id: string, by: -1 | 1): HeadRecord {
    const { versions, index } = this.versions(id);
    const beside = versions[index + by];
    if (beside) return this.chosen(beside.id);
    throw noMessage(`That is the ${by < 0 ? "first" : "last"} of ${versions.length} versions.`);
  }

  /** Takes the newest exchange from the path: the user's newest message and all after it. It stays among the versions. */
  undone(): HeadRecord {
    const newest = this.path.findLast(({ role }) => role === "user") ?? this.path[0];
    if (newest) return this.#head("undo", newest.parent);
    throw noMessage("Nothing was said that could be undone.");
  }

  /** Makes an earlier newest message the newest again. @param head Nothing is before all of them. */
  takenBackTo(head: string | undefined): HeadRecord {
    return this.#head("undo", head ?? null);
  }

  /** Puts back what was undone last, where nothing was said since. */
  redone(): HeadRecord {
    const { redoable } = this.#paths;
    if (redoable !== undefined) return this.#head("redo", redoable);
    throw noMessage("Nothing was undone that could be put back.");
  }

  systemChanged(text: string | undefined): SystemRecord {
    return { type: "system", text: text ?? null, at: this.#sources.now() };
  }

  titled(title: string): TitleRecord {
    return { type: "title", title, at: this.#sources.now() };
  }

  /** Another conversation with the path up to a message. @param at The message. @default the newest */
  fork(at: string | undefined = this.head?.id, id: string = this.#sources.newId()): Conversation {
    const path = at === undefined ? [] : this.pathTo(at);
    const forkedFrom = at === undefined ? undefined : { conversation: this.id, message: at };
    const begin: BeginRecord = { type: "conversation", id, at: this.#sources.now(), forkedFrom };
    const fork = new Conversation(withoutUndefined(begin), this.#sources);
    if (this.#title !== undefined) fork.append(fork.titled(this.#title));
    if (this.#system !== undefined) fork.append(fork.systemChanged(this.#system));
    // What a reply went on with is not on the path.
    for (const { continues: _, ...message } of path) fork.append(message);
    return fork;
  }

  /**
   * Makes a record true.
   *
   * @throws {ParrotletError} `conversation-invalid` where it does not go with those before it.
   */
  append(record: ConversationRecord): void {
    if (record.type === "conversation") throw invalid("A conversation begins once.");
    if (record.type === "message") this.#appendMessage(record);
    else if (record.type === "head") {
      this.#mustBeThere(record.head);
      this.#paths.move(record);
    } else if (record.type === "system") this.#system = record.text ?? undefined;
    else this.#title = record.title;
    this.#records.push(record);
  }

  #appendMessage(record: MessageRecord): void {
    if (!isName(record.id)) throw invalid(`${shown(record.id)} cannot be a message's id. Use ${NAME_RULE}.`);
    if (this.#messages.has(record.id)) throw invalid(`There are two messages ${shown(record.id)}.`);
    this.#mustBeThere(record.parent);
    this.#mustBeThere(record.continues ?? null);
    this.#messages.set(record.id, record);
    const beside = this.#children.get(record.parent);
    if (beside) beside.push(record);
    else this.#children.set(record.parent, [record]);
    this.#paths.add(record);
  }

  #mustBeThere(id: string | null): void {
    if (id !== null && !this.#messages.has(id))
      throw invalid(`A record names the message ${shown(id)}, which does not come before it.`);
  }

  #message(parent: string | null, role: MessageRecord["role"], content: MessageContent): MessageRecord {
    const [id, at] = [this.#sources.newId(), this.#sources.now()];
    return withoutUndefined({ type: "message", id, parent, role, at, ...content });
  }

  #head(why: HeadRecord["why"], head: string | null): HeadRecord {
    return { type: "head", head, why, at: this.#sources.now() };
  }
}

const noMessage = (message: string): ParrotletError => new ParrotletError("message-not-found", message);
