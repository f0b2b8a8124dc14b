import { present } from "../base/index.ts";
import { compile, Input, type Tensor } from "../engine/index.ts";
import type { LanguageModel, Weights } from "../model/index.ts";

/** What one attention head looked at. */
export interface HeadWeights {
  /** From 0. */
  readonly layer: number;
  readonly head: number;
  /** `rows[t][j]` is what position `t` takes from position `j`; each row sums to 1 and holds the positions `0..t`. */
  readonly rows: readonly Float32Array[];
}

/** The attention of every head in one pass over a token sequence. */
export function attentionWeights(
  model: LanguageModel,
  weights: Weights,
  ids: readonly number[],
): HeadWeights[] {
  const time = ids.length;
  const { layers, heads } = model.config;
  const input = new Input("ids", [1, time], { dtype: "i32", below: model.config.vocabulary });
  const outputs: Record<string, Tensor> = {};
  model.forward(input, {
    observe: (name, tensor) => {
      if (name.endsWith(".attention.weights")) outputs[name] = tensor;
    },
  });
  const program = weights.device.load(compile({ layout: weights.layout, outputs }), {
    parameters: weights.region,
  });
  program.write("ids", ids);
  program.run();
  const found = Array.from({ length: layers }, (_, layer) => {
    const name = `layers.${layer}.attention.weights`;
    const padded = present(outputs[name], name).shape[3] ?? 0;
    const all = program.read(name);
    return Array.from({ length: heads }, (__, head): HeadWeights => {
      const rows = Array.from({ length: time }, (___, t) => {
        const from = (head * time + t) * padded;
        return all.slice(from, from + t + 1);
      });
      return { layer, head, rows };
    });
  });
  program.release();
  return found.flat();
}
