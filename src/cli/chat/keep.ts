import { ParrotletError } from "../../base/index.ts";
import type { Conversation, ConversationRecord } from "../../chat/index.ts";
import type { ConversationStore } from "../../workspace/index.ts";

/** Writes conversations down as they happen, from their first message on. Where that is not possible, they go on unwritten. */
export class Keep {
  readonly store: ConversationStore;
  readonly #onFailure: (message: string) => void;
  readonly #kept = new Set<string>();
  /** Whether conversations are written down. */
  on: boolean;

  constructor(store: ConversationStore, on: boolean, onFailure: (message: string) => void) {
    this.store = store;
    this.on = on;
    this.#onFailure = onFailure;
  }

  /** Of a conversation that was read from the store: it is there already. */
  knows({ id }: Conversation): void {
    this.#kept.add(id);
  }

  isKept({ id }: Conversation): boolean {
    return this.#kept.has(id);
  }

  /** Writes a record of a conversation. What was recorded before its first message is written with that. */
  async record(conversation: Conversation, record: ConversationRecord): Promise<void> {
    if (!this.on || !(this.isKept(conversation) || record.type === "message")) return;
    try {
      if (!this.isKept(conversation)) await this.begin(conversation);
      await this.store.append(conversation.id, record);
    } catch (error) {
      if (!(error instanceof ParrotletError)) throw error;
      this.on = false;
      this.#onFailure(error.message);
    }
  }

  /** Writes all of a conversation that is not in the store yet. Returns it as it is kept: under another id where its own is taken. */
  async begin(conversation: Conversation): Promise<Conversation> {
    const kept = await this.store.add(conversation);
    this.knows(kept);
    return kept;
  }
}
