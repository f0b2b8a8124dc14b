import { ParrotletError, present } from "../../base/index.ts";
import { type Checkpoint, toF16 } from "../../checkpoint/index.ts";
import { type Graph, TYPES, type Value } from "./graph.ts";
import type { Needed, Weight } from "./parts.ts";

/** Beyond this, F16 has only infinity. */
const LARGEST_F16 = 65519;

export interface GraphWeights {
  readonly needed: Needed;
  readonly maybe: Weight;
  /** The head as `[C, V]`; where it is the token embedding, that is not written twice. */
  readonly turnedHead: () => Value;
}

/** Puts a model's weights into a graph when they are asked for, under our names. */
export function weightsOf(
  graph: Graph,
  model: Checkpoint["model"],
  weights: Checkpoint["weights"],
  type: "f32" | "f16",
): GraphWeights {
  const parameters = new Map(model.parameters.map((parameter) => [parameter.name, parameter]));
  const known = new Map<string, Value>();
  const write = (name: string, shape: readonly number[], values: Float32Array): Value => {
    if (type === "f32") return graph.initializer(name, "f32", shape, bytesOf(values));
    const halves = graph.initializer(name, "f16", shape, bytesOf(inHalves(name, values)));
    return graph.op("Cast", [halves], { to: TYPES.f32 });
  };
  const maybe: Weight = (name) => {
    const parameter = parameters.get(name);
    if (!parameter) return undefined;
    const value = known.get(name) ?? write(name, parameter.shape, weights.read(parameter));
    known.set(name, value);
    return value;
  };
  const needed: Needed = (name) => present(maybe(name), `a parameter ${name}`);
  const turnedHead = (): Value => {
    const { head, tokens } = model;
    if (head === tokens) return graph.op("Transpose", [needed(tokens.name)], { perm: [1, 0] });
    const [rows = 0, columns = 0] = head.shape;
    return write(head.name, [columns, rows], transposed(weights.read(head), rows, columns));
  };
  return { needed, maybe, turnedHead };
}

const bytesOf = ({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array =>
  new Uint8Array(buffer, byteOffset, byteLength);

function inHalves(name: string, values: Float32Array): Uint16Array {
  const beyond = values.find((value) => !(Math.abs(value) <= LARGEST_F16));
  if (beyond !== undefined) {
    const message = `${name} holds ${beyond}, which F16 cannot hold (at most 65504). Take f32.`;
    throw new ParrotletError("weights-too-large", message);
  }
  return Uint16Array.from(values, toF16);
}

function transposed(values: Float32Array, rows: number, columns: number): Float32Array {
  const turned = new Float32Array(values.length);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++)
      turned[column * rows + row] = values[row * columns + column] ?? 0;
  }
  return turned;
}
