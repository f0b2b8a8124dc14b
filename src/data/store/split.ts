import { ParrotletError, threefry } from "../../base/index.ts";
import { SPLIT } from "./streams.ts";
import { TextPart } from "./text-part.ts";
import type { TokenLane, TokenStore } from "./token-store.ts";

/** Some conversations of a lane, as numbers of their pieces. */
export interface ConversationPart {
  readonly lane: TokenLane;
  readonly pieces: Uint32Array;
}

/** What training learns from, or what it is validated with. */
export interface StorePart {
  readonly text: TextPart | undefined;
  readonly conversations: ConversationPart | undefined;
}

export interface SplitOptions {
  /** How much validates, from 0 to below 1. @default 0.1 */
  readonly share?: number;
  readonly seed: number;
}

/** All of a store: for validation data of their own. */
export function wholeStore({ text, conversation }: TokenStore): StorePart {
  return {
    text: text && textPart(text, () => true),
    conversations: conversation && conversationPart(conversation, () => true),
  };
}

/**
 * What trains and what validates. One text alone is cut by its place: the first `floor((1 - share) * tokens)` tokens train.
 * Otherwise whole documents validate, about `share` of them and at least one, each chosen by its number and the seed:
 * whatever is added behind them, they stay where they are.
 *
 * @throws {ParrotletError} `data-too-small` where nothing is left for one of them.
 */
export function splitStore(
  store: TokenStore,
  { share = 0.1, seed }: SplitOptions,
): { training: StorePart; validation: StorePart } {
  const none: StorePart = { text: undefined, conversations: undefined };
  if (share === 0) return { training: wholeStore(store), validation: none };
  if (!(share > 0 && share < 1))
    throw new ParrotletError("data-too-small", `A share of ${share} validates: give one from 0 to below 1.`);
  const { text, conversation } = store;
  const texts = text && (text.documents === 1 ? splitByPlace(text, share) : splitTexts(text, share, seed));
  const conversations = conversation && splitConversations(conversation, share, seed);
  const split = {
    training: { text: texts?.training, conversations: conversations?.training },
    validation: { text: texts?.validation, conversations: conversations?.validation },
  };
  const nothing = ({ text, conversations }: StorePart): boolean => !text && !conversations;
  if (nothing(split.training) || nothing(split.validation)) {
    const [tokens, documents] = [
      (text?.tokens ?? 0) + (conversation?.tokens ?? 0),
      (text?.documents ?? 0) + (conversation?.documents ?? 0),
    ];
    throw new ParrotletError(
      "data-too-small",
      `The data are ${tokens} tokens in ${documents === 1 ? "one document or conversation" : `${documents} documents and conversations`}: ` +
        "too little to train with some and validate with the rest. Add data, or name others to validate with " +
        "(evaluation: data: in a recipe).",
    );
  }
  return split;
}

interface Split<Part> {
  readonly training: Part | undefined;
  readonly validation: Part | undefined;
}

/** One text is its tokens alone, without the `<bos>` and `<eos>` around it. */
function splitByPlace(lane: TokenLane, share: number): Split<TextPart> {
  const tokens = lane.tokens - 2;
  const cut = Math.floor((1 - share) * tokens);
  // A token and the one that it predicts.
  if (cut < 2 || tokens - cut < 2)
    return { training: new TextPart(lane, [1, 1 + tokens]), validation: undefined };
  return {
    training: new TextPart(lane, [1, 1 + cut]),
    validation: new TextPart(lane, [1 + cut, 1 + tokens]),
  };
}

function splitTexts(lane: TokenLane, share: number, seed: number): Split<TextPart> {
  const validates = chosen(lane.documents, share, seed);
  return {
    training: textPart(lane, (document) => !validates[document]),
    validation: textPart(lane, (document) => Boolean(validates[document])),
  };
}

function splitConversations(lane: TokenLane, share: number, seed: number): Split<ConversationPart> {
  if (lane.documents === 1) return { training: conversationPart(lane, () => true), validation: undefined };
  const validates = chosen(lane.documents, share, seed);
  return {
    training: conversationPart(lane, (document) => !validates[document]),
    validation: conversationPart(lane, (document) => Boolean(validates[document])),
  };
}

/** For each document whether it validates: at least one does, and at least one does not. */
function chosen(documents: number, share: number, seed: number): Uint8Array {
  const validates = new Uint8Array(documents);
  let [first, last, least, most] = [0, 0, 2 ** 32, -1];
  for (let document = 0; document < documents; document++) {
    const [drawn] = threefry(seed, SPLIT, document, 0);
    validates[document] = Number(drawn < share * 2 ** 32);
    if (drawn < least) [least, first] = [drawn, document];
    if (drawn > most) [most, last] = [drawn, document];
  }
  validates[first] = 1;
  validates[last] = 0;
  return validates;
}

function textPart(lane: TokenLane, wanted: (document: number) => boolean): TextPart {
  if (lane.documents === 1) return new TextPart(lane, [1, lane.tokens - 1]);
  const spans: number[] = [];
  let [document, start] = [-1, 0];
  for (let piece = 0; piece < lane.pieces.count; piece++) {
    if (lane.pieces.beginsDocument(piece)) document++;
    const end = start + lane.pieces.length(piece);
    if (wanted(document)) {
      if (spans.at(-1) === start) spans[spans.length - 1] = end;
      else spans.push(start, end);
    }
    start = end;
  }
  return new TextPart(lane, spans);
}

function conversationPart(lane: TokenLane, wanted: (document: number) => boolean): ConversationPart {
  const pieces = new Uint32Array(lane.pieces.count);
  let [document, count] = [-1, 0];
  for (let piece = 0; piece < lane.pieces.count; piece++) {
    if (lane.pieces.beginsDocument(piece)) document++;
    if (wanted(document)) pieces[count++] = piece;
  }
  return { lane, pieces: pieces.slice(0, count) };
}
