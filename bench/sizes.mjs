/** The sizes that are measured, and our model of each: without biases, GELU by erf, untied head. */
import { readFileSync } from "node:fs";
import { modelConfig, Transformer } from "../dist/model/index.js";

export const SIZES = JSON.parse(readFileSync(new URL("sizes.json", import.meta.url), "utf8"));

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
