import type { TurnTokens } from "./conversation-template.ts";

export interface CutConversation {
  /** Each begins with `<bos>` and the system message, and ends with a turn of the assistant. */
  readonly pieces: readonly (readonly number[])[];
  /** Exchanges, and system messages, that were too long by themselves. */
  readonly cut: number;
  /** Tokens that are in no piece. */
  readonly leftOut: number;
}

/**
 * Cuts a rendered conversation between its exchanges (what others say, then what the assistant says) into pieces of at most
 * `longest` tokens. An exchange that alone is longer loses the end of its answer; of a question that would leave the
 * answer less than half of the room, the last tokens are kept. A system message keeps at most half of a piece. What follows the last
 * answer is left out.
 */
export function cutConversation(ids: readonly number[], turns: TurnTokens, longest: number): CutConversation {
  const { head: wholeHead, exchanges, leftOut: unanswered } = exchangesOf(ids, turns);
  const head = wholeHead.slice(0, Math.max(1, Math.floor(longest / 2)));
  const room = longest - head.length;
  if (exchanges.length === 0) return { pieces: [], cut: 0, leftOut: ids.length };
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
    } else if (piece && piece.length + exchange.length <= longest) {
      piece.push(...exchange);
    } else {
      piece = [...head, ...exchange];
      pieces.push(piece);
    }
  }
  return { pieces, cut, leftOut };
}

function exchangesOf(ids: readonly number[], turns: TurnTokens) {
  const speaks = (id: number | undefined): boolean => id === turns.user || id === turns.assistant;
  let headEnd = 1;
  while (headEnd < ids.length && !speaks(ids[headEnd])) headEnd++;
  const starts: number[] = [headEnd];
  let answered = false;
  for (let at = headEnd; at < ids.length; at++) {
    const id = ids[at];
    if (id === turns.assistant) answered = true;
    else if (answered && (id === turns.user || id === turns.system)) {
      starts.push(at);
      answered = false;
    }
  }
  const exchanges = starts.map((start, number) => ids.slice(start, starts[number + 1]));
  const last = answered ? undefined : exchanges.pop();
  return { head: ids.slice(0, headEnd), exchanges, leftOut: last?.length ?? 0 };
}

/** An exchange in `room` tokens. */
function shortenedExchange(exchange: readonly number[], turns: TurnTokens, room: number): number[] {
  const answerFrom = exchange.indexOf(turns.assistant);
  const [question, answer] = [exchange.slice(0, answerFrom), exchange.slice(answerFrom)];
  const most = Math.max(Math.floor(room / 2), room - answer.length);
  const kept =
    question.length <= most
      ? question
      : [...question.slice(0, 1), ...question.slice(question.length - most + 1)];
  return [...kept, ...answer.slice(0, room - kept.length)];
}
