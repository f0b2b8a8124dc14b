/** One turn of a conversation as it is kept. */
export interface ConversationRecord {
  readonly role: "user" | "assistant";
  readonly text: string;
  /** Who answered. */
  readonly model?: string;
}
