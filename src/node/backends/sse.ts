/** More than this in one line or event is nobody's answer. */
const MOST = 1 << 20;

/**
 * Server-sent events as they come, in whatever pieces: the data of each. Lines end with LF, CR LF or CR; comments and other
 * fields are passed over.
 *
 * @see https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation
 */
export class SseReader {
  #rest = "";
  /** A CR ended the last piece: an LF that follows belongs to it. */
  #afterCr = false;
  #data: string[] = [];
  #size = 0;

  /** @throws {RangeError} Where a line or an event does not end. */
  push(piece: string): string[] {
    const fresh = this.#afterCr && piece.startsWith("\n") ? piece.slice(1) : piece;
    if (piece !== "") this.#afterCr = piece.endsWith("\r");
    const lines = (this.#rest + fresh).split(/\r\n|\n|\r/);
    this.#rest = lines.pop() ?? "";
    if (this.#rest.length > MOST) throw new RangeError("a line of more than 1 MiB");
    return lines.flatMap((line) => this.#line(line));
  }

  #line(line: string): string[] {
    if (line === "") {
      const event = this.#data;
      this.#data = [];
      this.#size = 0;
      return event.length > 0 ? [event.join("\n")] : [];
    }
    const [, field, value = ""] = /^([^:]*)(?:: ?([\s\S]*))?$/.exec(line) ?? [];
    if (field !== "data") return [];
    this.#size += value.length;
    if (this.#size > MOST) throw new RangeError("an event of more than 1 MiB");
    this.#data.push(value);
    return [];
  }
}
