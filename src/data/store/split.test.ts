import { describe, expect, it } from "vitest";
import { present } from "../../base/index.ts";
import type { TextPiece } from "../item.ts";
import type { ConversationPart } from "./split.ts";
import { splitStore, wholeStore } from "./split.ts";
import type { TextPart } from "./text-part.ts";
import { ALPHABET, storeOf, talk, talks, text, tokensOf, turnsTokenizer } from "./token-store.contract.ts";

const tokenizer = turnsTokenizer([ALPHABET]);
const ids = (content: string): number[] => tokenizer.encode(content);

function all(part: TextPart | undefined): number[] {
  const tokens = new Int32Array(present(part, "a part").tokens);
  part?.read(0, tokens);
  return [...tokens];
}

/** The documents of a part, by the number of their pieces' document. */
function documentsOf(part: ConversationPart | undefined): number[] {
  const { lane, pieces } = present(part, "a part");
  const documents: number[] = [];
  for (let piece = 0, document = -1; piece < lane.pieces.count; piece++) {
    if (lane.pieces.beginsDocument(piece)) document++;
    documents.push(document);
  }
  return [...pieces].map((piece) => documents[piece] ?? -1);
}

describe("splitStore", () => {
  it.each([20, 21, 29, 1000, 1115])("cuts one text of %d tokens where nanoGPT cuts it", async (length) => {
    const content = ALPHABET.repeat(40).slice(0, length);
    const pieces = [content.slice(0, 7), content.slice(7, 15), content.slice(15)];
    const store = await storeOf(
      pieces.map((piece, i) => text(piece, i > 0)),
      { shardBytes: 6 },
    );
    const { training, validation } = splitStore(store, { seed: 1 });
    const cut = Math.floor(0.9 * length);
    expect(all(training.text)).toEqual(ids(content.slice(0, cut)));
    expect(all(validation.text)).toEqual(ids(content.slice(cut)));
    expect(all(wholeStore(store).text)).toEqual(ids(content));
  });

  it("keeps every document whole, on one side, and its side when others are added", async () => {
    const documents = Array.from({ length: 400 }, (_, i) => `${ALPHABET[i % 26]}`.repeat(1 + (i % 7)));
    const store = await storeOf(
      documents.flatMap((content): TextPiece[] => [text(content), text(content, true)]),
      { shardBytes: 50 },
    );
    const { training, validation } = splitStore(store, { seed: 1 });
    /** The documents of a part, each as the text of its ids. */
    const cut = (tokens: number[]): string[] => {
      const found: number[][] = [];
      for (const token of tokens) {
        if (token === tokenizer.special.bos) found.push([]);
        if (token !== tokenizer.special.eos) found.at(-1)?.push(token);
      }
      return found.map(String);
    };
    const [trains, validates] = [cut(all(training.text)), cut(all(validation.text))];
    const wanted = documents.map((content) => String([tokenizer.special.bos, ...ids(content + content)]));
    expect([...trains, ...validates].sort()).toEqual([...wanted].sort());
    expect(validates.length).toBeGreaterThan(20);
    expect(validates.length).toBeLessThan(60);
    expect(String(all(wholeStore(store).text))).toBe(String(tokensOf(store.text)));

    const more = await storeOf([...documents, ...documents].map((content) => text(content + content)));
    const again = cut(all(splitStore(more, { seed: 1 }).validation.text));
    expect(again.slice(0, validates.length)).toEqual(validates);
    expect(cut(all(splitStore(store, { seed: 2 }).validation.text))).not.toEqual(validates);
  });

  it("keeps all pieces of a conversation on one side", async () => {
    const long = talk(...Array.from({ length: 12 }, (_, i) => ALPHABET.slice(0, 3 + i)));
    const store = await storeOf([...talks(50, 1), long, ...talks(50, 2), long, long], { contextWindow: 30 });
    const { training, validation } = splitStore(store, { share: 0.3, seed: 1 });
    const [trains, validates] = [documentsOf(training.conversations), documentsOf(validation.conversations)];
    expect(trains.length + validates.length).toBe(store.conversation?.pieces.count);
    expect(trains.length + validates.length).toBeGreaterThan(store.conversation?.documents ?? 0);
    expect(trains.filter((document) => validates.includes(document))).toEqual([]);
    expect(store.index.counts.cutConversations).toBe(3);
  });

  it("has at least one document on each side", async () => {
    for (let seed = 0; seed < 20; seed++) {
      const { training, validation } = splitStore(await storeOf(talks(2, 1)), { share: 0.01, seed });
      expect([training, validation].map((part) => part.conversations?.pieces.length)).toEqual([1, 1]);
    }
    const one = await storeOf(talks(1, 1));
    expect(() => splitStore(one, { seed: 1 })).toThrow(expect.objectContaining({ code: "data-too-small" }));
    expect(splitStore(one, { share: 0, seed: 1 }).training.conversations?.pieces).toHaveLength(1);
    const short = await storeOf([text("abcdefgh")]);
    expect(() => splitStore(short, { seed: 1 })).toThrow(expect.objectContaining({ code: "data-too-small" }));
    expect(() => splitStore(one, { share: 1, seed: 1 })).toThrow(/share of 1/);
  });
});
