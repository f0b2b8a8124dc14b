import { encodeText, ParrotletError, type Storage } from "../../base/index.ts";
import { renderConversation, type Tokenizer } from "../../text/index.ts";
import type { Conversation, Item, TextPiece } from "../item.ts";
import { cutConversation } from "./cut-conversation.ts";
import { sha256 } from "./fingerprint.ts";
import { LaneWriter } from "./lane-writer.ts";
import {
  INDEX_FILE,
  LANES,
  type LaneKind,
  type ShardRecord,
  STORE_FORMAT,
  type StoreCounts,
  type StoreIndex,
  shardName,
} from "./store-index.ts";
import { turnTokens } from "./turn-tokens.ts";
import { utf8Length } from "./utf8-length.ts";

/** The moving parts of a store that is being built. */
export class StoreBuilder {
  items: number;
  readonly #tokenizer: Tokenizer;
  readonly #fixed: Pick<StoreIndex, "format" | "fingerprint" | "vocabulary" | "contextWindow" | "special">;
  readonly #writers: Readonly<Record<LaneKind, LaneWriter>>;
  readonly #shards: Readonly<Record<LaneKind, ShardRecord[]>>;
  readonly #counts: { -readonly [name in keyof StoreCounts]: number };

  constructor(
    tokenizer: Tokenizer,
    fingerprint: string,
    contextWindow: number,
    before: StoreIndex | undefined,
  ) {
    const { pad, bos, eos } = tokenizer.special;
    const answer = turnTokens(tokenizer)?.assistant;
    const special = { pad, bos, eos, ...(answer === undefined ? {} : { answer }) };
    const none = { documents: 0, open: false, shards: [] };
    const { text, conversation } = before?.lanes ?? { text: none, conversation: none };
    this.#tokenizer = tokenizer;
    this.#fixed = { format: STORE_FORMAT, fingerprint, vocabulary: tokenizer.size, contextWindow, special };
    this.#writers = {
      text: new LaneWriter(tokenizer.size, text),
      conversation: new LaneWriter(tokenizer.size, conversation),
    };
    this.#shards = { text: [...text.shards], conversation: [...conversation.shards] };
    this.items = before?.items ?? 0;
    this.#counts = { ...(before?.counts ?? NO_COUNTS) };
  }

  get bytes(): number {
    return this.#counts.bytes;
  }

  get largestShard(): number {
    return Math.max(this.#writers.text.size, this.#writers.conversation.size);
  }

  add(item: Item): void {
    try {
      if (item.kind === "text") this.#addText(item);
      else this.#addConversation(item);
    } catch (error) {
      if (!(error instanceof ParrotletError) || error.code !== "unknown-character") throw error;
      const message = `${item.file}, line ${item.line}: ${error.message}`;
      throw new ParrotletError("unknown-character", message, { cause: error });
    }
    this.items++;
  }

  #addText({ text, continues }: TextPiece): void {
    const writer = this.#writers.text;
    if (!continues) this.#endText();
    if (text === "") return;
    if (!writer.open) {
      writer.beginDocument();
      writer.add([this.#fixed.special.bos]);
      writer.open = true;
    }
    writer.add(this.#tokenizer.encodeToArray(text));
    this.#counts.bytes += utf8Length(text);
  }

  #endText(): void {
    const writer = this.#writers.text;
    if (writer.open) writer.add([this.#fixed.special.eos]);
    writer.open = false;
  }

  #addConversation({ messages }: Conversation): void {
    const writer = this.#writers.conversation;
    const counts = this.#counts;
    const { ids } = renderConversation(this.#tokenizer, messages);
    const turns = turnTokens(this.#tokenizer);
    if (!turns) return;
    const { pieces, cut, leftOut } = cutConversation(ids, turns, this.#fixed.contextWindow + 1);
    counts.conversations++;
    counts.cutExchanges += cut;
    counts.tokensLeftOut += leftOut;
    if (pieces.length === 0) counts.withoutReply++;
    else writer.beginDocument();
    if (pieces.length > 1) counts.cutConversations++;
    for (const piece of pieces) {
      writer.add(piece);
      writer.endPiece();
    }
    for (const { text } of messages) counts.bytes += utf8Length(text);
  }

  /** Makes shards of what is there, then the index that knows them: it is never ahead of them. */
  async flush(storage: Storage, part: string, complete: boolean): Promise<StoreIndex> {
    if (complete) this.#endText();
    for (const kind of LANES) {
      const shard = this.#writers[kind].take();
      if (!shard) continue;
      const shards = this.#shards[kind];
      const record = { tokens: shard.tokens, pieces: shard.pieces, sha256: await sha256(shard.bytes) };
      await storage.write(`${part}/${shardName(kind, shards.length)}`, shard.bytes);
      shards.push(record);
    }
    const lane = (kind: LaneKind) => {
      const { documents, open } = this.#writers[kind];
      return { documents, open, shards: [...this.#shards[kind]] };
    };
    const index: StoreIndex = {
      ...this.#fixed,
      complete,
      items: this.items,
      lanes: { text: lane("text"), conversation: lane("conversation") },
      counts: { ...this.#counts },
    };
    await storage.write(`${part}/${INDEX_FILE}`, encodeText(`${JSON.stringify(index, null, 1)}\n`));
    return index;
  }
}

const NO_COUNTS: StoreCounts = {
  bytes: 0,
  conversations: 0,
  cutConversations: 0,
  cutExchanges: 0,
  withoutReply: 0,
  tokensLeftOut: 0,
};
