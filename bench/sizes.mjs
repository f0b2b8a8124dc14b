/** The sizes that are measured, and our model of each: without biases, GELU by erf, untied head. */
import { modelConfig, Transformer } from "../dist/model/index.js";

export const SIZES = {
  A80: { vocabulary: 51, width: 16, layers: 1, heads: 2, contextWindow: 80, batch: 1 },
  A32: { vocabulary: 51, width: 16, layers: 1, heads: 2, contextWindow: 32, batch: 1 },
  B: { vocabulary: 96, width: 64, layers: 2, heads: 4, contextWindow: 64, batch: 16 },
  C: { vocabulary: 65, width: 128, layers: 4, heads: 4, contextWindow: 64, batch: 12 },
  D: { vocabulary: 65, width: 384, layers: 6, heads: 6, contextWindow: 256, batch: 4 },
  E: { vocabulary: 512, width: 512, layers: 9, heads: 8, contextWindow: 256, batch: 2 },
};

const LETTERS = { V: "vocabulary", C: "width", L: "layers", H: "heads", T: "contextWindow", B: "batch" };

/** A size by its name, or one derived from it: `C:T512:B2` is C with a context of 512 and 2 rows. */
export function sizeNamed(name) {
  const [base, ...changes] = name.split(":");
  if (!SIZES[base]) throw new Error(`there is no size ${base}; there are ${Object.keys(SIZES).join(", ")}`);
  const changed = changes.map((change) => {
    const [letter, value] = [LETTERS[change[0]], Number(change.slice(1))];
    if (!letter || !Number.isInteger(value) || value < 1)
      throw new Error(`${change} in ${name} means nothing`);
    return [letter, value];
  });
  return { ...SIZES[base], ...Object.fromEntries(changed) };
}

export function modelOf(name) {
  const { batch: _, ...shape } = sizeNamed(name);
  return new Transformer(modelConfig({ ...shape, tied: false, biases: false, gelu: "erf" }));
}

/** Of one training step, with an attention that computes all of its square. */
export function flopsOf(name) {
  const { vocabulary: V, width: C, layers: L, contextWindow: T, batch: B } = sizeNamed(name);
  return 3 * B * T * (2 * (12 * L * C * C + V * C) + 4 * L * T * C);
}

export function parametersOf(name) {
  const { vocabulary: V, width: C, layers: L, contextWindow: T } = sizeNamed(name);
  return 2 * V * C + T * C + L * (12 * C * C + 2 * C) + C;
}

export const median = (list) => [...list].sort((a, b) => a - b)[list.length >> 1];
export const figure = (ms) =>
  ms === undefined ? "" : ms < 1 ? ms.toFixed(3) : ms < 100 ? ms.toFixed(1) : ms.toFixed(0);
