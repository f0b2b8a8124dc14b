import { describe, expect, it } from "vitest";
import { Rng } from "../../base/index.ts";
import { cutConversation } from "./cut-conversation.ts";

const [BOS, EOS, SYSTEM, USER, ASSISTANT] = [1, 3, 7, 8, 9];
const turns = { system: SYSTEM, user: USER, assistant: ASSISTANT, eos: EOS };
/** Some tokens of text: 100, 101, ... */
const text = (length: number, from = 100): number[] => Array.from({ length }, (_, i) => from + i);
const exchange = (question: number, answer: number): number[] => [
  ...[USER, ...text(question, 100)],
  ...[ASSISTANT, ...text(answer, 200), EOS],
];

describe("cutConversation", () => {
  it("leaves what fits as it is", () => {
    const ids = [BOS, SYSTEM, 50, ...exchange(2, 3), ...exchange(1, 1)];
    expect(cutConversation(ids, turns, ids.length)).toEqual({ pieces: [ids], cut: 0, leftOut: 0 });
  });

  it("cuts between exchanges, and repeats the system message", () => {
    const ids = [BOS, SYSTEM, 50, ...exchange(2, 3), ...exchange(1, 1), ...exchange(4, 4)];
    const { pieces, cut, leftOut } = cutConversation(ids, turns, 16);
    expect(pieces).toEqual([
      [BOS, SYSTEM, 50, ...exchange(2, 3), ...exchange(1, 1)],
      [BOS, SYSTEM, 50, ...exchange(4, 4)],
    ]);
    expect([cut, leftOut]).toEqual([0, 0]);
  });

  it("leaves out what has no answer", () => {
    expect(cutConversation([BOS, USER, 100], turns, 20)).toEqual({ pieces: [], cut: 0, leftOut: 3 });
    expect(cutConversation([BOS], turns, 20)).toEqual({ pieces: [], cut: 0, leftOut: 1 });
    const { pieces, leftOut } = cutConversation([BOS, ...exchange(1, 1), USER, 100, 101], turns, 20);
    expect(pieces).toEqual([[BOS, ...exchange(1, 1)]]);
    expect(leftOut).toBe(3);
  });

  it("cuts pairs of questions and answers too", () => {
    const SEP = 2;
    const pair = (question: number, answer: number) => [
      BOS,
      ...text(question),
      SEP,
      ...text(answer, 200),
      EOS,
    ];
    const pairs = { system: undefined, user: BOS, assistant: SEP, eos: EOS };
    const cut = cutConversation([...pair(1, 1), ...pair(1, 2), ...pair(1, 7), BOS, 100, SEP], pairs, 11);
    expect(cut.pieces).toEqual([[...pair(1, 1), ...pair(1, 2)], pair(1, 7)]);
    expect(cut.leftOut).toBe(3);
  });

  it("keeps together what one side says in several messages", () => {
    const two = [USER, 100, USER, 101, ASSISTANT, 200, EOS, ASSISTANT, 201, EOS];
    expect(cutConversation([BOS, ...two, ...exchange(1, 1)], turns, 12).pieces).toEqual([
      [BOS, ...two],
      [BOS, ...exchange(1, 1)],
    ]);
  });

  it("cuts an exchange that is too long at its answer's end, or at its question's beginning", () => {
    const longAnswer = cutConversation([BOS, ...exchange(2, 20)], turns, 11);
    expect(longAnswer).toEqual({
      pieces: [[BOS, USER, 100, 101, ASSISTANT, ...text(6, 200)]],
      cut: 1,
      leftOut: 15,
    });
    const longQuestion = cutConversation([BOS, ...exchange(20, 2)], turns, 11);
    expect(longQuestion.pieces).toEqual([[BOS, USER, ...text(5, 115), ASSISTANT, 200, 201, EOS]]);
    const bothLong = cutConversation([BOS, ...exchange(20, 20)], turns, 11);
    expect(bothLong.pieces).toEqual([[BOS, USER, ...text(4, 116), ASSISTANT, ...text(4, 200)]]);
  });

  it("never makes a piece too long, nor one without words of the assistant, and accounts for every token", () => {
    const rng = new Rng(1);
    for (let round = 0; round < 500; round++) {
      const head = rng.below(2) ? [BOS, SYSTEM, ...text(rng.below(12), 300)] : [BOS];
      const exchanges = Array.from({ length: 1 + rng.below(6) }, () =>
        exchange(rng.below(12), 1 + rng.below(12)),
      );
      const longest = 8 + rng.below(30);
      const ids = [...head, ...exchanges.flat()];
      const { pieces, leftOut } = cutConversation(ids, turns, longest);
      const kept = Math.min(head.length, Math.max(1, Math.floor(longest / 2)));
      for (const piece of pieces.map((one) => Array.from(one))) {
        expect(piece.length).toBeLessThanOrEqual(longest);
        expect(piece.slice(0, kept)).toEqual(head.slice(0, kept));
        const assistant = piece.indexOf(ASSISTANT);
        expect(assistant).toBeGreaterThan(0);
        expect(assistant).toBeLessThan(piece.length - 1);
      }
      const all = pieces.reduce((sum, piece) => sum + piece.length - kept, kept);
      expect(all + leftOut).toBe(ids.length);
    }
  });
});
