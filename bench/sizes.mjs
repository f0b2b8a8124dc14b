/** The sizes that are measured, and our model of each: without biases, GELU by erf, untied head. */
import { readFileSync } from "node:fs";
import { modelConfig, Transformer } from "../dist/model/index.js";

export const SIZES = JSON.parse(readFileSync(new URL("sizes.json", import.meta.url), "utf8"));

export function modelOf(name) {
  const { batch: _, ...shape } = SIZES[name];
  return new Transformer(modelConfig({ ...shape, tied: false, biases: false, gelu: "erf" }));
}
