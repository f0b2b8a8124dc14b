import { describe, expect, it } from "vitest";
import { causalAttention, rope } from "./ops/attention.ts";
import { dropout } from "./ops/dropout.ts";
import { embed } from "./ops/embed.ts";
import { crossEntropy } from "./ops/loss.ts";
import { linear, matmul } from "./ops/matmul.ts";
import { layerNorm } from "./ops/norm.ts";
import { Input, Tensor } from "./tensor.ts";

const input = (name: string, ...shape: number[]): Input => new Input(name, shape);
const ids = new Input("ids", [2, 3], { dtype: "i32" });

describe("operands that do not fit are refused with the op and the shapes", () => {
  it.each<[string, () => unknown, RegExp]>([
    ["add", () => input("x", 2, 3).add(input("y", 3, 2)), /add: x \[2, 3\] and y \[3, 2\] differ/],
    [
      "matmul",
      () => matmul(input("x", 2, 3), input("w", 4, 5)),
      /matmul: x \[2, 3\] times w \[4, 5\]: 3 columns meet 4 rows/,
    ],
    [
      "matmul, transposed",
      () => matmul(input("x", 2, 3), input("w", 3, 5), { transposeB: true }),
      /times w \[3, 5\] transposed: 3 columns meet 5 rows/,
    ],
    ["bias", () => linear(input("x", 2, 3), input("w", 3, 5), input("b", 4)), /the bias has 4 elements/],
    [
      "norm",
      () => layerNorm(input("x", 2, 3), input("w", 4)),
      /layerNorm: w \[4\] does not fit the rows of x \[2, 3\]/,
    ],
    [
      "embed",
      () => embed(input("x", 2, 3), input("t", 5, 4)),
      /embed: x \[2, 3\] is not \[B, T\] of whole numbers/,
    ],
    [
      "positions",
      () => embed(ids, input("t", 5, 4), { positions: input("p", 2, 4) }),
      /3 tokens do not fit into p \[2, 4\]/,
    ],
    [
      "attention",
      () => causalAttention(input("qkv", 1, 4, 10), { heads: 4 }),
      /does not divide into 4 query/,
    ],
    [
      "segments of attention",
      () => causalAttention(input("qkv", 1, 4, 12), { heads: 4 }, { segments: ids }),
      /attention: ids \[2, 3\] does not name the start of a segment for each of \[1, 4\] tokens/,
    ],
    [
      "segments of embed",
      () => embed(ids, input("t", 5, 4), { positions: input("p", 3, 4), segments: input("s", 2, 3) }),
      /embed: s \[2, 3\] does not name the start of a segment/,
    ],
    [
      "smoothing",
      () => crossEntropy(input("logits", 2, 3, 9), ids, { smoothing: 1 }),
      /a smoothing of 1 is not from 0 to below 1/,
    ],
    [
      "rope",
      () => rope(input("qkv", 1, 4, 9), { heads: 1 }),
      /a head of 3 columns cannot be turned in pairs/,
    ],
    ["loss", () => crossEntropy(input("logits", 2, 4, 9), ids), /does not name a token for each row/],
    [
      "dropout",
      () => dropout(input("x", 3), 1, { seed: 0, site: 0, step: ids }),
      /1 is not a probability below 1/,
    ],
    ["shape", () => new Tensor([2, 0]), /\[2, 0\] is not a list of positive whole numbers/],
  ])("%s", (_, make, message) => {
    expect(make).toThrow(
      expect.objectContaining({ code: "shape-mismatch", message: expect.stringMatching(message) }),
    );
  });
});
