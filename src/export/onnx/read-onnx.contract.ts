import { fromF16 } from "../../checkpoint/index.ts";

/** For tests: an ONNX file as it says it is, read with nothing of what writes it. */
export interface OnnxNode {
  readonly name: string;
  readonly type: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: Readonly<Record<string, number | readonly number[]>>;
}

export interface OnnxTensor {
  readonly name: string;
  readonly shape: readonly number[];
  /** `TensorProto.DataType`. */
  readonly type: number;
  readonly bytes: Uint8Array;
}

export interface OnnxPort {
  readonly name: string;
  readonly type: number;
  readonly shape: readonly (number | string)[];
}

export interface OnnxModel {
  readonly irVersion: number;
  readonly opset: number;
  readonly nodes: readonly OnnxNode[];
  readonly initializers: readonly OnnxTensor[];
  readonly inputs: readonly OnnxPort[];
  readonly outputs: readonly OnnxPort[];
}

/** A field: a varint, four bytes, or bytes of a length. */
type Field = readonly [field: number, value: bigint | Uint8Array];

function fieldsOf(bytes: Uint8Array): Field[] {
  const fields: Field[] = [];
  let at = 0;
  const varint = (): bigint => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = bytes[at++];
      if (byte === undefined) throw new Error("cut short");
      value |= BigInt(byte & 127) << shift;
      if (byte < 128) return value;
    }
  };
  while (at < bytes.length) {
    const tag = Number(varint());
    const [field, wire] = [tag >> 3, tag & 7];
    if (wire === 0) {
      fields.push([field, varint()]);
      continue;
    }
    if (wire !== 2 && wire !== 5) throw new Error(`wire type ${wire}`);
    const length = wire === 5 ? 4 : Number(varint());
    if (at + length > bytes.length) throw new Error("cut short");
    fields.push([field, bytes.subarray(at, at + length)]);
    at += length;
  }
  return fields;
}

const bytesIn = (fields: readonly Field[], field: number): Uint8Array[] =>
  fields.flatMap(([each, value]) => (each === field && value instanceof Uint8Array ? [value] : []));
const intsIn = (fields: readonly Field[], field: number): number[] =>
  fields.flatMap(([each, value]) =>
    each === field && typeof value === "bigint" ? [Number(BigInt.asIntN(64, value))] : [],
  );
const textsIn = (fields: readonly Field[], field: number): string[] =>
  bytesIn(fields, field).map((bytes) => new TextDecoder().decode(bytes));
const textIn = (fields: readonly Field[], field: number): string => textsIn(fields, field)[0] ?? "";
const intIn = (fields: readonly Field[], field: number): number => intsIn(fields, field)[0] ?? 0;
const messageIn = (fields: readonly Field[], field: number): Field[] =>
  fieldsOf(bytesIn(fields, field)[0] ?? new Uint8Array());

export function readOnnx(bytes: Uint8Array): OnnxModel {
  const model = fieldsOf(bytes);
  const graph = messageIn(model, 7);
  const all = <T>(field: number, read: (fields: Field[]) => T): T[] =>
    bytesIn(graph, field).map((each) => read(fieldsOf(each)));
  return {
    irVersion: intIn(model, 1),
    opset: intIn(messageIn(model, 8), 2),
    nodes: all(1, readNode),
    initializers: all(5, (tensor) => ({
      name: textIn(tensor, 8),
      shape: intsIn(tensor, 1),
      type: intIn(tensor, 2),
      bytes: bytesIn(tensor, 9)[0] ?? new Uint8Array(),
    })),
    inputs: all(11, readPort),
    outputs: all(12, readPort),
  };
}

function readNode(node: Field[]): OnnxNode {
  const attributes = bytesIn(node, 5).map((each) => {
    const attribute = fieldsOf(each);
    const kind = intIn(attribute, 20);
    const float = bytesIn(attribute, 2)[0];
    const value = float ? new DataView(float.slice().buffer).getFloat32(0, true) : intIn(attribute, 3);
    return [textIn(attribute, 1), kind === 7 ? intsIn(attribute, 8) : value] as const;
  });
  return {
    name: textIn(node, 3),
    type: textIn(node, 4),
    inputs: textsIn(node, 1),
    outputs: textsIn(node, 2),
    attributes: Object.fromEntries(attributes),
  };
}

function readPort(port: Field[]): OnnxPort {
  const tensor = messageIn(messageIn(port, 2), 1);
  const shape = bytesIn(messageIn(tensor, 2), 1).map((each) => {
    const extent = fieldsOf(each);
    return extent[0]?.[0] === 2 ? textIn(extent, 2) : intIn(extent, 1);
  });
  return { name: textIn(port, 1), type: intIn(tensor, 1), shape };
}

/** The numbers of a tensor. */
export function numbersOf({ type, bytes }: OnnxTensor): number[] {
  const { buffer } = bytes.slice();
  if (type === 1) return [...new Float32Array(buffer)];
  if (type === 7) return [...new BigInt64Array(buffer)].map(Number);
  if (type === 10) return [...new Uint16Array(buffer)].map(fromF16);
  throw new Error(`data type ${type}`);
}
