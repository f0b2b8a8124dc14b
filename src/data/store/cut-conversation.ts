import type { TurnTokens } from "./turn-tokens.ts";

export interface CutConversation {
  /** Each begins as the conversation does, with its system message, and ends with a turn of the assistant. */
  readonly pieces: readonly ArrayLike<number>[];
  /** Exchanges, and system messages, that were too long by themselves. */
  readonly cut: number;
  /** Tokens that are in no piece. */
  readonly leftOut: number;
}

/**
 * Cuts a rendered conversation between its exchanges (what others say, then what the assistant says) into pieces of at most
 * `longest` tokens. An exchange that alone is longer loses the end of its answer; of a question that would leave the
 * answer less than half of the room, the last tokens are kept. A system message keeps at most half of a piece. What follows
 * the last answer is left out.
 */
export function cutConversation(ids: ArrayLike<number>, turns: TurnTokens, longest: number): CutConversation {
  const { length } = ids;
  if (length <= longest && ids[length - 1] === turns.eos) return { pieces: [ids], cut: 0, leftOut: 0 };
  const { head: wholeHead, exchanges, leftOut: unanswered } = exchangesOf(Array.from(ids), turns);
  if (exchanges.length === 0) return { pieces: [], cut: 0, leftOut: length };
  const head = wholeHead.slice(0, Math.max(1, Math.floor(longest / 2)));
  const room = longest - head.length;
  const pieces: number[][] = [];
  let cut = Number(head.length < wholeHead.length);
  let leftOut = unanswered + wholeHead.length - head.length;
  let piece: number[] | undefined;
  for (const exchange of exchanges) {
    if (exchange.length > room) {
      pieces.push([...head, ...shortenedExchange(exchange, turns, room)]);
      cut++;
      leftOut += exchange.length - room;
      piece = undefined;
      continue;
    }
    if (!piece || piece.length + exchange.length > longest) {
      piece = [...head];
      pieces.push(piece);
    }
    for (const id of exchange) piece.push(id);
  }
  return { pieces, cut, leftOut };
}

/** What comes before the first exchange, the exchanges that have an answer, and the length of the last one if it has none. */
function exchangesOf(ids: readonly number[], { user, system, assistant, eos }: TurnTokens) {
  let headEnd = 0;
  while (headEnd < ids.length && ids[headEnd] !== user && ids[headEnd] !== assistant) headEnd++;
  const starts: number[] = [headEnd];
  for (let at = headEnd + 1; at < ids.length; at++) {
    if (ids[at - 1] === eos && (ids[at] === user || ids[at] === system)) starts.push(at);
  }
  const exchanges = starts.map((start, number) => ids.slice(start, starts[number + 1]));
  const unanswered = ids.at(-1) === eos ? undefined : exchanges.pop();
  return { head: ids.slice(0, headEnd), exchanges, leftOut: unanswered?.length ?? 0 };
}

/** An exchange in `room` tokens. */
function shortenedExchange(exchange: readonly number[], { assistant }: TurnTokens, room: number): number[] {
  const answerFrom = exchange.indexOf(assistant);
  const [question, answer] = [exchange.slice(0, answerFrom), exchange.slice(answerFrom)];
  const most = Math.max(Math.floor(room / 2), room - answer.length);
  const kept =
    question.length <= most
      ? question
      : [...question.slice(0, 1), ...question.slice(question.length - most + 1)];
  return [...kept, ...answer.slice(0, room - kept.length)];
}
