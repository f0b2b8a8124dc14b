import {
  closest,
  decodeText,
  encodeText,
  isName,
  NAME_RULE,
  nameKey,
  ParrotletError,
  type Storage,
  shown,
} from "../../base/index.ts";
import {
  Conversation,
  type ConversationRecord,
  type ConversationSources,
  recordLine,
  recordsOfLines,
} from "../../chat/index.ts";
import { type ConversationListing, listingOf } from "./listing.ts";
import { NewestHits } from "./newest-hits.ts";
import { type ConversationHit, hitsIn, mayHold, wordsOf } from "./search.ts";

export interface SearchOptions {
  /** @default 50 */
  readonly most?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

const FOLDER = "conversations";
const ENDING = ".jsonl";
/** Files that are read at once. */
const AT_ONCE = 16;

/**
 * The conversations of a workspace: a file each, a record a line, only ever added to. Who is killed while a line is written loses
 * that line; the next one begins on a line of its own. Two processes may write to one conversation: records that do not go
 * together are left out when it is read.
 */
export class ConversationStore {
  readonly storage: Storage;
  readonly #sources: ConversationSources;
  readonly #writing = new Map<string, Promise<void>>();
  #adding: Promise<unknown> = Promise.resolve();

  constructor(storage: Storage, sources: ConversationSources) {
    this.storage = storage;
    this.#sources = sources;
  }

  /**
   * A new conversation that is kept.
   *
   * @throws {ParrotletError} `bad-name`, where an id is given that is none.
   */
  async create(
    options: { readonly id?: string; readonly title?: string; readonly system?: string } = {},
  ): Promise<Conversation> {
    return this.add(Conversation.begin(this.#sources, options));
  }

  /**
   * Keeps a conversation that was made elsewhere: imported, forked. Returns it as it is kept: where its id is taken, under that
   * id with a number.
   */
  add(conversation: Conversation): Promise<Conversation> {
    const added = this.#adding.then(() => this.#addNow(conversation));
    this.#adding = added.catch(() => {});
    return added;
  }

  async #addNow(conversation: Conversation): Promise<Conversation> {
    const id = await this.#freeId(checkId(conversation.id));
    const [begin, ...rest] = conversation.records;
    const records = begin?.type === "conversation" ? [{ ...begin, id }, ...rest] : rest;
    await this.storage.write(fileOf(id), encodeText(records.map(recordLine).join("")));
    return Conversation.fromRecords(records, this.#sources);
  }

  /** @throws {ParrotletError} `conversation-not-found`, `bad-name`. */
  async open(id: string): Promise<Conversation> {
    return Conversation.fromRecords(recordsOfLines(await this.#read(id), id), this.#sources);
  }

  /** Writes down a record of a conversation: one write at the file's end. Records of one conversation are written in turn. */
  async append(id: string, record: ConversationRecord): Promise<void> {
    const before = this.#writing.get(checkId(id)) ?? Promise.resolve();
    const now = before.catch(() => {}).then(() => this.#appendNow(id, record));
    this.#writing.set(id, now);
    try {
      await now;
    } finally {
      if (this.#writing.get(id) === now) this.#writing.delete(id);
    }
  }

  /** All conversations, the newest first; those that say no time last. */
  async list(): Promise<ConversationListing[]> {
    const listings: ConversationListing[] = [];
    await this.#each(await this.#ids(), async (id, text) => {
      listings.push(listingOf(id, text));
    });
    return listings.sort((a, b) => order(b.at ?? "", a.at ?? "") || order(a.id, b.id));
  }

  /** Messages in which all words of a query are, whatever their case, those of the newest conversations first. */
  async search(query: string, { most = 50, signal }: SearchOptions = {}): Promise<ConversationHit[]> {
    const words = wordsOf(query);
    if (words.length === 0) return [];
    const newest = new NewestHits(most);
    await this.#each(await this.#ids(), async (id, text) => {
      signal?.throwIfAborted();
      if (!mayHold(text, words)) return;
      const at = listingOf(id, text).at ?? "";
      if (newest.wants({ id, at })) newest.add({ id, at, hits: hitsIn(id, text, words, most) });
    });
    return newest.all();
  }

  /** @throws {ParrotletError} `conversation-not-found`, `bad-name`. */
  async rename(id: string, title: string): Promise<void> {
    await this.append(id, { type: "title", title, at: this.#sources.now() });
  }

  /** @throws {ParrotletError} `conversation-not-found`, `bad-name`. */
  async delete(id: string): Promise<void> {
    checkId(id);
    if (!(await this.#ids()).includes(id)) throw await this.#notFound(id);
    await this.#writing.get(id)?.catch(() => {});
    await this.storage.remove(fileOf(id));
  }

  /** Where a conversation lies, for people. */
  describe(id: string): string {
    return this.storage.describe(fileOf(checkId(id)));
  }

  async #appendNow(id: string, record: ConversationRecord): Promise<void> {
    const bytes = await this.storage.read(fileOf(id));
    if (!bytes) throw await this.#notFound(id);
    // Whoever was killed while it wrote left a line that does not end.
    const isWhole = bytes.length === 0 || bytes.at(-1) === NEWLINE;
    await this.storage.append(fileOf(id), encodeText(`${isWhole ? "" : "\n"}${recordLine(record)}`));
  }

  async #ids(): Promise<string[]> {
    const entries = await this.storage.list(FOLDER);
    const files = entries.filter(({ name, kind }) => kind === "file" && name.endsWith(ENDING));
    return files.map(({ name }) => name.slice(0, -ENDING.length)).filter(isName);
  }

  /** Reads the files of conversations, a few at once. One that is gone by then is none. */
  async #each(ids: readonly string[], work: (id: string, text: string) => Promise<void>): Promise<void> {
    let next = 0;
    const reader = async (): Promise<void> => {
      for (let id = ids[next++]; id !== undefined; id = ids[next++]) {
        const bytes = await this.storage.read(fileOf(id));
        if (bytes) await work(id, decodeText(bytes));
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, reader));
  }

  async #read(id: string): Promise<string> {
    const bytes = await this.storage.read(fileOf(checkId(id)));
    if (bytes) return decodeText(bytes);
    throw await this.#notFound(id);
  }

  async #notFound(id: string): Promise<ParrotletError> {
    const meant = closest(id, await this.#ids());
    const where = this.storage.describe(FOLDER);
    const message = `There is no conversation ${shown(id)} in ${where}.${meant ? ` Did you mean ${meant}?` : ""}`;
    return new ParrotletError("conversation-not-found", message);
  }

  async #freeId(id: string): Promise<string> {
    const taken = new Set((await this.#ids()).map(nameKey));
    let free = id;
    for (let number = 2; taken.has(nameKey(free)); number++) free = numbered(id, `-${number}`);
    return checkId(free);
  }
}

const NEWLINE = 10;
/** Characters, as `NAME_RULE` says. */
const LONGEST_NAME = 64;

const order = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** With a number at its end, and no longer than a name may be. */
const numbered = (id: string, end: string): string =>
  [...id].slice(0, LONGEST_NAME - end.length).join("") + end;

/** An id is a file's name: nothing else reaches the storage. */
const fileOf = (id: string): string => `${FOLDER}/${id}${ENDING}`;

/** @throws {ParrotletError} `bad-name`. */
function checkId(id: string): string {
  if (isName(id)) return id;
  throw new ParrotletError("bad-name", `${shown(id)} cannot be a conversation's name. Use ${NAME_RULE}.`);
}
