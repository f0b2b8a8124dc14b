import type { Tokenizer } from "../../text/index.ts";
import type { Conversation, Item, Message, Role } from "../item.ts";
import type { ConversationPart, StorePart } from "./split.ts";
import type { TextPart } from "./text-part.ts";
import type { TokenLane } from "./token-store.ts";
import { turnTokens } from "./turn-tokens.ts";

/** Tokens of text that make an item; longer documents go on in the next one. */
const PIECE = 1 << 16;

/**
 * The texts and conversations of a part of a store, decoded from its tokens: what a model sees of them. Documents of more than
 * 65,536 tokens come in pieces that end with a word; a conversation that was cut comes as its pieces. Characters that the tokenizer
 * does not know are missing.
 *
 * @param part As `splitStore` gives it: of one text alone it is a stretch, without `<bos>` and `<eos>`.
 * @param file What the items call their file. Their lines are numbers of documents.
 */
export function* partItems(part: StorePart, tokenizer: Tokenizer, file: string): Generator<Item, void> {
  if (part.text) yield* textItems(part.text, tokenizer, file);
  if (part.conversations) yield* conversationItems(part.conversations, tokenizer, file);
}

function* textItems(text: TextPart, tokenizer: Tokenizer, file: string): Generator<Item, void> {
  const { eos } = tokenizer.special;
  const tokens = new Int32Array(PIECE);
  const document = new DocumentText(tokenizer, file);
  for (let from = 0; from < text.tokens; from += PIECE) {
    const chunk = tokens.subarray(0, Math.min(PIECE, text.tokens - from));
    text.read(from, chunk);
    let start = 0;
    for (let end = chunk.indexOf(eos); end >= 0; end = chunk.indexOf(eos, start)) {
      yield* document.take(chunk.subarray(start, end), true);
      start = end + 1;
    }
    yield* document.take(chunk.subarray(start), from + PIECE >= text.tokens);
  }
}

/** The text of a document, as its tokens come. */
class DocumentText {
  readonly #tokenizer: Tokenizer;
  readonly #file: string;
  #decoder = new TextDecoder();
  /** The last word, which may go on. */
  #held = "";
  #number = 1;
  #continues = false;

  constructor(tokenizer: Tokenizer, file: string) {
    this.#tokenizer = tokenizer;
    this.#file = file;
  }

  *take(tokens: Int32Array, ends: boolean): Generator<Item, void> {
    const text = this.#held + this.#decoder.decode(this.#tokenizer.bytesOf(tokens), { stream: !ends });
    // Scripts without spaces have no last word.
    const whole = ends || text.length > 4 * PIECE ? text.length : text.search(/\s\S*$/) + 1;
    this.#held = text.slice(whole);
    if (whole > 0) yield this.#item(text.slice(0, whole));
    if (ends) this.#begin();
  }

  #item(text: string): Item {
    const continues = this.#continues;
    this.#continues = true;
    return { kind: "text", text, file: this.#file, line: this.#number, ...(continues ? { continues } : {}) };
  }

  #begin(): void {
    if (this.#continues) this.#number++;
    this.#continues = false;
    this.#decoder = new TextDecoder();
  }
}

function* conversationItems(
  { lane, pieces }: ConversationPart,
  tokenizer: Tokenizer,
  file: string,
): Generator<Item, void> {
  for (const piece of pieces) {
    yield { kind: "conversation", messages: messagesOf(lane, piece, tokenizer), file, line: piece + 1 };
  }
}

/** The messages of a piece of a conversation, cut apart at the tokens between them. */
function messagesOf(lane: TokenLane, piece: number, tokenizer: Tokenizer): Conversation["messages"] {
  const tokens = new Int32Array(lane.pieces.length(piece));
  lane.read(lane.pieces.start(piece), tokens);
  const turns = turnTokens(tokenizer);
  const begins = new Map<number | undefined, Role>([
    [turns?.system, "system"],
    [turns?.user, "user"],
    [turns?.assistant, "assistant"],
  ]);
  const messages: Message[] = [];
  let [role, from]: [Role | undefined, number] = [undefined, 0];
  const finish = (to: number): void => {
    if (role) messages.push({ role, text: tokenizer.decode(tokens.subarray(from, to)) });
  };
  for (const [at, id] of tokens.entries()) {
    const next = begins.get(id);
    if (next === undefined && id !== turns?.eos) continue;
    finish(at);
    [role, from] = [next, at + 1];
  }
  finish(tokens.length);
  return messages;
}
