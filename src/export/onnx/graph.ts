import { Message } from "./protobuf.ts";

/** `TensorProto.DataType`. */
export const TYPES = { f32: 1, i64: 7, bool: 9, f16: 10 } as const;
export type TensorType = keyof typeof TYPES;

/** A number of a shape that is known, or a name for one that is not. */
export type Extent = number | string;

/** A number is written as a whole number where it is one by the operator's definition: those in `FLOATS` never are. */
export type Attributes = Readonly<Record<string, number | readonly number[]>>;

/** Attributes that are floating point. */
const FLOATS = new Set(["epsilon"]);
/** `AttributeProto.AttributeType`. */
const [FLOAT, INT, INTS] = [1, 2, 7] as const;

/** What a value of the graph is called, to be given to the next operation. */
export type Value = string & { readonly value?: never };

/** The version of ONNX's operators, and of the format that came with it. @see https://onnx.ai/onnx/repo-docs/Versioning.html */
export const OPSET = 18;
const IR_VERSION = 8;

/**
 * A graph of ONNX operators, written as it is built: what an operation gives is the name of its result.
 *
 * @see https://github.com/onnx/onnx/blob/main/onnx/onnx.proto
 */
export class Graph {
  readonly #nodes: Message[] = [];
  readonly #initializers: Message[] = [];
  readonly #inputs: Message[] = [];
  readonly #outputs: Message[] = [];
  readonly #counts = new Map<string, number>();
  readonly #constants = new Map<string, Value>();

  input(name: string, type: TensorType, shape: readonly Extent[]): Value {
    this.#inputs.push(valueInfo(name, type, shape));
    return name;
  }

  /** Gives a value the name under which a program asks for it. */
  output(name: string, value: Value, type: TensorType, shape: readonly Extent[]): void {
    this.#add("Identity", [value], [name], {});
    this.#outputs.push(valueInfo(name, type, shape));
  }

  /** Numbers that are part of the file. */
  initializer(name: string, type: TensorType, shape: readonly number[], bytes: Uint8Array): Value {
    const tensor = new Message();
    for (const extent of shape) tensor.int(1, extent);
    this.#initializers.push(tensor.int(2, TYPES[type]).text(8, name).bytes(9, bytes));
    return name;
  }

  /** One floating point number. */
  number(value: number): Value {
    return this.#constant(`number ${value}`, "f32", [], Float32Array.of(value));
  }

  /** One whole number. */
  whole(value: number): Value {
    return this.#constant(`whole ${value}`, "i64", [], BigInt64Array.of(BigInt(value)));
  }

  /** A list of whole numbers: a shape, or axes. */
  list(...values: readonly number[]): Value {
    return this.#constant(`list ${values}`, "i64", [values.length], BigInt64Array.from(values, BigInt));
  }

  /** Applies an operator that gives one result. */
  op(type: string, inputs: readonly Value[], attributes: Attributes = {}): Value {
    const [result] = this.ops(type, inputs, 1, attributes);
    return result as Value;
  }

  /** Applies an operator that gives several. */
  ops(type: string, inputs: readonly Value[], results: number, attributes: Attributes = {}): Value[] {
    const count = this.#counts.get(type) ?? 0;
    this.#counts.set(type, count + 1);
    const names = Array.from({ length: results }, (_, index) => `${type}.${count}.${index}`);
    this.#add(type, inputs, names, attributes);
    return names;
  }

  /** The file. */
  encode(name: string): Uint8Array {
    const graph = new Message();
    for (const node of this.#nodes) graph.message(1, node);
    graph.text(2, name);
    for (const initializer of this.#initializers) graph.message(5, initializer);
    for (const input of this.#inputs) graph.message(11, input);
    for (const output of this.#outputs) graph.message(12, output);
    const operators = new Message().text(1, "").int(2, OPSET);
    const model = new Message()
      .int(1, IR_VERSION)
      .text(2, "parrotlet")
      .message(7, graph)
      .message(8, operators);
    return model.encode();
  }

  #constant(key: string, type: TensorType, shape: readonly number[], values: ArrayBufferView): Value {
    const known = this.#constants.get(key);
    if (known) return known;
    const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
    const name = this.initializer(key.replaceAll(/[ ,]/g, "."), type, shape, bytes);
    this.#constants.set(key, name);
    return name;
  }

  #add(type: string, inputs: readonly Value[], outputs: readonly Value[], attributes: Attributes): void {
    const node = new Message();
    for (const input of inputs) node.text(1, input);
    for (const output of outputs) node.text(2, output);
    node.text(3, `${outputs[0]}.${type}`).text(4, type);
    for (const [name, value] of Object.entries(attributes)) node.message(5, attribute(name, value));
    this.#nodes.push(node);
  }
}

function attribute(name: string, value: number | readonly number[]): Message {
  const message = new Message().text(1, name);
  if (typeof value !== "number") {
    for (const each of value) message.int(8, each);
    return message.int(20, INTS);
  }
  return FLOATS.has(name) ? message.float(2, value).int(20, FLOAT) : message.int(3, value).int(20, INT);
}

function valueInfo(name: string, type: TensorType, shape: readonly Extent[]): Message {
  const extents = new Message();
  for (const extent of shape) {
    const dimension = new Message();
    extents.message(1, typeof extent === "number" ? dimension.int(1, extent) : dimension.text(2, extent));
  }
  const tensor = new Message().int(1, TYPES[type]).message(2, extents);
  return new Message().text(1, name).message(2, new Message().message(1, tensor));
}
