import { ParrotletError } from "../../base/index.ts";

export interface Line {
  readonly text: string;
  /** From 1. */
  readonly number: number;
  /** A line end follows. Without one, the line may be cut. */
  readonly ended: boolean;
}

/** Characters: a longer line is not a message. */
const LONGEST = 2 ** 24;

/** The lines of a text that comes in pieces, without their ends (LF or CRLF) and without a byte order mark. */
export async function* linesOf(text: AsyncIterable<string>, file: string): AsyncGenerator<Line, void> {
  let begun: string[] = [];
  let length = 0;
  let number = 1;
  const line = (end: string, ended: boolean): Line => {
    const whole = begun.length === 0 ? end : begun.join("") + end;
    [begun, length] = [[], 0];
    const clean = number === 1 ? whole.replace(/^\uFEFF/, "") : whole;
    return { text: ended && clean.endsWith("\r") ? clean.slice(0, -1) : clean, number: number++, ended };
  };
  for await (const piece of text) {
    let from = 0;
    for (let at = piece.indexOf("\n"); at >= 0; at = piece.indexOf("\n", from)) {
      yield line(piece.slice(from, at), true);
      from = at + 1;
    }
    if (from === piece.length) continue;
    begun.push(piece.slice(from));
    length += piece.length - from;
    if (length > LONGEST) {
      throw new ParrotletError(
        "chat-too-large",
        `${file}, line ${number}: a line of more than ${LONGEST / 2 ** 20} million characters is no message of a chat. ` +
          "Is this the file that the chat program exported?",
      );
    }
  }
  if (length > 0) yield line("", false);
}
