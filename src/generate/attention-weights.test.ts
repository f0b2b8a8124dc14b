import { describe, expect, it } from "vitest";
import { ReferenceDevice } from "../engine/index.ts";
import { layoutOf, modelConfig, Transformer, Weights } from "../model/index.ts";
import { attentionWeights } from "./attention-weights.ts";

describe("attentionWeights", () => {
  it("gives each head's rows over what came before, each of which sums to 1", () => {
    const size = { vocabulary: 9, contextWindow: 20, width: 8, layers: 2, heads: 2, deviation: 1 };
    const model = new Transformer(modelConfig(size));
    const weights = new Weights(new ReferenceDevice(), layoutOf(model)).initialize(1);
    const heads = attentionWeights(model, weights, [1, 2, 3, 4, 5]);
    expect(heads.map(({ layer, head }) => [layer, head])).toEqual([
      [0, 0],
      [0, 1],
      [1, 0],
      [1, 1],
    ]);
    for (const { rows } of heads) {
      expect(rows.map((row) => row.length)).toEqual([1, 2, 3, 4, 5]);
      for (const row of rows) expect(row.reduce((sum, weight) => sum + weight, 0)).toBeCloseTo(1, 5);
    }
    expect(heads[0]?.rows[4]).not.toEqual(heads[1]?.rows[4]);
  });
});
