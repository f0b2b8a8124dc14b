import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { SseReader } from "./sse.ts";

const stream =
  ": hello\r\n\r\ndata: one\r\n\r\nevent: x\ndata:two\ndata: 2\rid: 7\n\n\n\ndata\n\ndata:  three: é€😀\r\r: end\n\ndata: unfinished";
const events = ["one", "two\n2", "", " three: é€😀"];

describe("server-sent events", () => {
  it("are the same in any pieces", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(stream.length)), (cuts) => {
        const reader = new SseReader();
        const places = [0, ...cuts.sort((a, b) => a - b), stream.length];
        const pieces = places.slice(1).map((end, index) => stream.slice(places[index], end));
        expect(pieces.flatMap((piece) => reader.push(piece))).toEqual(events);
      }),
    );
  });

  it("that do not end are refused", () => {
    expect(() => new SseReader().push("x".repeat(2 ** 20 + 1))).toThrow(RangeError);
    const reader = new SseReader();
    const line = `data: ${"x".repeat(2 ** 19)}\n`;
    reader.push(line);
    expect(() => [reader.push(line), reader.push(line)]).toThrow(RangeError);
  });
});
