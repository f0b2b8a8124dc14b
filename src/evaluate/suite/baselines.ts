import { type LanguageModel, Weights } from "../../model/index.ts";

/** The same architecture with weights as training begins with. */
export const untrained = ({ device, layout }: Weights, seed: number): Weights =>
  new Weights(device, layout).initialize(seed);

/**
 * The same weights without what attention finds: the maps that bring it into the stream are zeros, so each position sees itself
 * alone.
 */
export function withoutAttention(weights: Weights): Weights {
  const { device, layout } = weights;
  const changed = new Weights(device, layout);
  for (const parameter of layout.parameters) {
    const values = weights.read(parameter);
    changed.write(parameter, ATTENTION.test(parameter.name) ? values.fill(0) : values);
  }
  return changed;
}

/** The maps behind the heads, with their biases. */
const ATTENTION = /\.attention\.projection\./;

export const countParameters = ({ parameters }: LanguageModel): number =>
  parameters.reduce((sum, { size }) => sum + size, 0);
