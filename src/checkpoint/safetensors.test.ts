import { describe, expect, it } from "vitest";
import { encodeText, Rng } from "../base/index.ts";
import { decodeSafetensors, encodeSafetensors } from "./safetensors.ts";

const tensors = new Map([
  ["a", { shape: [2, 3], values: Float32Array.of(1, 2, 3, 4, 5, 6) }],
  ["b.weight", { shape: [2], values: Float32Array.of(-1, Number.MIN_VALUE) }],
  ["none", { shape: [0], values: new Float32Array() }],
]);
const file = encodeSafetensors(tensors);

/** A file with this header and as many bytes of data. */
function fileWith(header: unknown, dataBytes: number): Uint8Array {
  const text = typeof header === "string" ? header : JSON.stringify(header);
  const bytes = new Uint8Array(8 + text.length + dataBytes);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(text.length), true);
  bytes.set(encodeText(text), 8);
  return bytes;
}

const refusal = (message: RegExp) =>
  expect.objectContaining({ code: "safetensors-invalid", message: expect.stringMatching(message) });

describe("safetensors", () => {
  it("gives back what was written", () => {
    const read = decodeSafetensors(file, "x");
    expect([...read.keys()]).toEqual(["a", "b.weight", "none"]);
    for (const [name, { shape, values }] of tensors) expect(read.get(name)).toEqual({ shape, values });
  });

  it("reads from the middle of a larger buffer", () => {
    const padded = new Uint8Array(file.length + 7);
    padded.set(file, 3);
    expect(decodeSafetensors(padded.subarray(3, 3 + file.length), "x").get("a")?.values[5]).toBe(6);
  });

  it("refuses a file that is cut short anywhere, or has a byte too many", () => {
    for (let length = 0; length < file.length; length++) {
      expect(() => decodeSafetensors(file.subarray(0, length), "weights")).toThrow(refusal(/^weights: /));
    }
    expect(() => decodeSafetensors(Uint8Array.of(...file, 0), "weights")).toThrow(
      refusal(/but the file has/),
    );
  });

  it.each<[string, unknown, number, RegExp]>([
    ["a header that is not JSON", "{]", 0, /header is not JSON/],
    ["a header that is a list", [], 0, /header is not an object/],
    ["an entry that is null", { t: null }, 0, /tensor t has dtype undefined/],
    [
      "a dtype that nobody knows",
      { t: { dtype: "F7", shape: [1], data_offsets: [0, 4] } },
      4,
      /tensor t has dtype "F7"/,
    ],
    [
      "a dtype from the prototype",
      { t: { dtype: "constructor", shape: [1], data_offsets: [0, 4] } },
      4,
      /dtype/,
    ],
    [
      "a negative extent",
      { t: { dtype: "F32", shape: [-1], data_offsets: [0, 4] } },
      4,
      /tensor t has shape \[-1\]/,
    ],
    [
      "a shape that is no list",
      { t: { dtype: "F32", shape: 1, data_offsets: [0, 4] } },
      4,
      /tensor t has shape 1/,
    ],
    [
      "offsets that are text",
      { t: { dtype: "F32", shape: [1], data_offsets: ["0", "4"] } },
      4,
      /tensor t has data_offsets/,
    ],
    [
      "three offsets",
      { t: { dtype: "F32", shape: [1], data_offsets: [0, 4, 8] } },
      8,
      /tensor t has data_offsets/,
    ],
    [
      "a shape that the offsets do not fit",
      { t: { dtype: "F32", shape: [2], data_offsets: [0, 4] } },
      4,
      /8 bytes, but its offsets span 4/,
    ],
    ["offsets the wrong way round", { t: { dtype: "F32", shape: [1], data_offsets: [4, 0] } }, 4, /span -4/],
    [
      "an end past the file",
      { t: { dtype: "F32", shape: [4], data_offsets: [0, 16] } },
      4,
      /tensor t ends at byte/,
    ],
    [
      "an extent that overflows",
      { t: { dtype: "F32", shape: [2 ** 31, 2 ** 31], data_offsets: [0, 0] } },
      0,
      /tensor t has shape/,
    ],
    [
      "tensors that overlap",
      {
        a: { dtype: "F32", shape: [2], data_offsets: [0, 8] },
        b: { dtype: "F32", shape: [2], data_offsets: [4, 12] },
      },
      12,
      /tensor b begins at byte 4 of the data, but the one before ends at 8/,
    ],
    ["a hole", { a: { dtype: "F32", shape: [1], data_offsets: [4, 8] } }, 8, /tensor a begins at byte 4/],
    ["data that nobody claims", {}, 4, /its tensors end at byte 10, but the file has 14/],
  ])("refuses %s", (_, header, dataBytes, message) => {
    expect(() => decodeSafetensors(fileWith(header, dataBytes), "weights")).toThrow(refusal(message));
  });

  it("refuses a header length of 2^63 without believing it", () => {
    const lie = file.slice();
    new DataView(lie.buffer).setBigUint64(0, 2n ** 63n, true);
    expect(() => decodeSafetensors(lie, "weights")).toThrow(refusal(/header claims/));
  });

  it("never fails otherwise, whatever byte is changed", () => {
    const rng = new Rng(4);
    for (let round = 0; round < 3000; round++) {
      const damaged = file.slice();
      for (let i = 1 + rng.below(3); i > 0; i--) damaged[rng.below(file.length)] = rng.below(256);
      try {
        decodeSafetensors(damaged, "weights");
      } catch (error) {
        expect(error).toMatchObject({ code: "safetensors-invalid" });
      }
    }
  });
});
