/** Who says something. The model learns to be the assistant. */
export type Role = "system" | "user" | "assistant";

export interface Message {
  readonly role: Role;
  readonly text: string;
}

/** Where an item stands. */
export interface Place {
  /** As its source names it. */
  readonly file: string;
  /** The line on which it begins, from 1; for formats without lines the number of the record. */
  readonly line: number;
}

/** Messages of two sides in turn. */
export interface Conversation extends Place {
  readonly kind: "conversation";
  readonly messages: readonly Message[];
}

/** A document, or a part of a long one: parts follow each other, so that none has to fit into memory. */
export interface TextPiece extends Place {
  readonly kind: "text";
  readonly text: string;
  /** It goes on with the document of the item before it. @default false */
  readonly continues?: boolean;
}

/** What training learns from. */
export type Item = Conversation | TextPiece;

/** What an item says: its text, or its messages one by one. */
export const textsOf = (item: Item): readonly string[] =>
  item.kind === "text" ? [item.text] : item.messages.map(({ text }) => text);

/** Something in a file that could not be used, and was left out. */
export interface ReadProblem extends Place {
  /** What is wrong and what to do. */
  readonly message: string;
}
