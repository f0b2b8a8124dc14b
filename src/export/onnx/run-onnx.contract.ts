import { numbersOf, type OnnxModel, type OnnxNode } from "./read-onnx.contract.ts";

/** For tests: numbers in row-major order, whatever their type. */
export interface Numbers {
  readonly shape: readonly number[];
  readonly data: readonly number[];
}

/** Runs a graph, as slow as it is plain: each operator as ONNX's document says, for the uses that ours make of it. */
export function runOnnx(model: OnnxModel, feeds: Readonly<Record<string, Numbers>>): Map<string, Numbers> {
  const values = new Map<string, Numbers>(Object.entries(feeds));
  for (const tensor of model.initializers)
    values.set(tensor.name, { shape: tensor.shape, data: numbersOf(tensor) });
  for (const node of model.nodes) {
    const inputs = node.inputs.map((name) => {
      const value = values.get(name);
      if (!value) throw new Error(`${node.name} reads ${name}, which is not there`);
      return value;
    });
    const run = OPERATORS[node.type];
    if (!run) throw new Error(`no operator ${node.type}`);
    const results = run(inputs, node.attributes, node);
    for (const [index, name] of node.outputs.entries()) values.set(name, results[index] as Numbers);
  }
  return new Map(model.outputs.map(({ name }) => [name, values.get(name) as Numbers]));
}

type Attributes = OnnxNode["attributes"];
type Run = (inputs: readonly Numbers[], attributes: Attributes, node: OnnxNode) => readonly Numbers[];

const sizeOf = (shape: readonly number[]): number => shape.reduce((product, extent) => product * extent, 1);
/** How far apart neighbours of each axis lie. */
const stridesOf = (shape: readonly number[]): number[] =>
  shape.map((_, axis) => sizeOf(shape.slice(axis + 1)));
const placeOf = (index: number, shape: readonly number[]): number[] =>
  stridesOf(shape).map((stride, axis) => Math.floor(index / stride) % (shape[axis] ?? 1));
const at = (x: Numbers, index: number): number => x.data[index] ?? Number.NaN;
const NOTHING: Numbers = { shape: [0], data: [] };

/** A tensor of `shape`, each number by its place. */
function filled(shape: readonly number[], value: (place: number[]) => number): Numbers {
  return { shape, data: Array.from({ length: sizeOf(shape) }, (_, index) => value(placeOf(index, shape))) };
}

/** Reads `x` at a place of a larger shape that it is stretched to. */
function stretched(x: Numbers, place: readonly number[]): number {
  const own = place.slice(place.length - x.shape.length);
  const strides = stridesOf(x.shape);
  return at(
    x,
    own.reduce((sum, index, axis) => sum + (x.shape[axis] === 1 ? 0 : index * (strides[axis] ?? 0)), 0),
  );
}

function together(shapes: readonly (readonly number[])[]): number[] {
  const rank = Math.max(...shapes.map(({ length }) => length));
  return Array.from({ length: rank }, (_, axis) => {
    const extents = shapes
      .map((shape) => shape[shape.length - rank + axis] ?? 1)
      .filter((extent) => extent !== 1);
    if (new Set(extents).size > 1)
      throw new Error(`${shapes.map((shape) => `[${shape}]`)} do not go together`);
    return extents[0] ?? 1;
  });
}

const each =
  (compute: (...numbers: number[]) => number): Run =>
  (inputs) => [
    filled(together(inputs.map(({ shape }) => shape)), (place) =>
      compute(...inputs.map((input) => stretched(input, place))),
    ),
  ];

const axisOf = (axis: unknown, rank: number): number => ((axis as number) + rank) % rank;

/** Applies `compute` to each row along the last axis. */
const rows = (x: Numbers, compute: (row: number[]) => number[]): Numbers => {
  const width = x.shape.at(-1) ?? 1;
  const data = Array.from({ length: x.data.length / width }, (_, row) =>
    compute(x.data.slice(row * width, (row + 1) * width)),
  ).flat();
  return { shape: x.shape, data };
};

/** Part of an axis. */
const cut = (x: Numbers, axis: number, from: number, to: number): Numbers =>
  filled(
    x.shape.map((extent, each) => (each === axis ? Math.max(0, to - from) : extent)),
    (place) =>
      stretched(
        x,
        place.map((index, each) => (each === axis ? index + from : index)),
      ),
  );

/** Abramowitz and Stegun 1964, 7.1.5, which is exact enough where an argument is small. */
function erf(x: number): number {
  if (Math.abs(x) > 5) return Math.sign(x);
  let [term, sum] = [x, x];
  for (let n = 1; n < 120; n++) {
    term *= (-x * x) / n;
    sum += term / (2 * n + 1);
  }
  return (2 / Math.sqrt(Math.PI)) * sum;
}

const OPERATORS: Readonly<Record<string, Run>> = {
  Identity: ([x = NOTHING]) => [x],
  Add: each((a, b) => a + b),
  Sub: each((a, b) => a - b),
  Mul: each((a, b) => a * b),
  Sqrt: each(Math.sqrt),
  Tanh: each(Math.tanh),
  Sin: each(Math.sin),
  Cos: each(Math.cos),
  Erf: each(erf),
  Relu: each((x) => Math.max(0, x)),
  Sigmoid: each((x) => 1 / (1 + Math.exp(-x))),
  Greater: each((a, b) => Number(a > b)),
  LessOrEqual: each((a, b) => Number(a <= b)),
  And: each((a, b) => Number(a !== 0 && b !== 0)),
  Where: each((condition, a, b) => (condition ? a : b)),
  Mod: each((a, b) => a % b),
  BitwiseXor: each((a, b) => Number(BigInt(a) ^ BigInt(b))),
  // Whole numbers are divided as in C; only the hash does so, and it is told apart by its whole divisors.
  Div: (inputs, attributes, node) => {
    const whole = inputs[1]?.shape.length === 0 && node.inputs[1]?.startsWith("whole");
    return each((a, b) => (whole ? Math.trunc(a / b) : a / b))(inputs, attributes, node);
  },
  Cast: ([x = NOTHING], { to }) => [
    {
      shape: x.shape,
      data: x.data.map((value) => (to === 7 ? Math.trunc(value) : to === 9 ? Number(value !== 0) : value)),
    },
  ],
  Shape: ([x = NOTHING], { start, end }) => {
    const data = x.shape.slice(start as number, end as number);
    return [{ shape: [data.length], data }];
  },
  Squeeze: ([x = NOTHING, axes]) => [
    {
      shape: x.shape.filter((extent, axis) => (axes ? !axes.data.includes(axis) : extent !== 1)),
      data: x.data,
    },
  ],
  Unsqueeze: ([x = NOTHING, axes = NOTHING]) => {
    const shape = [...x.shape];
    for (const axis of axes.data) shape.splice(axis, 0, 1);
    return [{ shape, data: x.data }];
  },
  Range: ([from = NOTHING, to = NOTHING]) => {
    const data = Array.from({ length: at(to, 0) - at(from, 0) }, (_, index) => at(from, 0) + index);
    return [{ shape: [data.length], data }];
  },
  Expand: ([x = NOTHING, shape = NOTHING]) => [
    filled(together([x.shape, shape.data]), (place) => stretched(x, place)),
  ],
  Reshape: ([x = NOTHING, wanted = NOTHING]) => {
    const known = wanted.data.map((extent, axis) => (extent === 0 ? (x.shape[axis] ?? 0) : extent));
    const rest = x.data.length / sizeOf(known.filter((extent) => extent !== -1));
    const shape = known.map((extent) => (extent === -1 ? rest : extent));
    if (sizeOf(shape) !== x.data.length) throw new Error(`[${x.shape}] as [${shape}]`);
    return [{ shape, data: x.data }];
  },
  Transpose: ([x = NOTHING], { perm }) => {
    const order = perm as readonly number[];
    const strides = stridesOf(x.shape);
    return [
      filled(
        order.map((axis) => x.shape[axis] ?? 0),
        (place) =>
          at(
            x,
            place.reduce((sum, index, axis) => sum + index * (strides[order[axis] ?? 0] ?? 0), 0),
          ),
      ),
    ];
  },
  Concat: (inputs, { axis }) => {
    const along = axisOf(axis, inputs[0]?.shape.length ?? 0);
    const ends: number[] = [];
    for (const { shape } of inputs) ends.push((ends.at(-1) ?? 0) + (shape[along] ?? 0));
    const shape = (inputs[0]?.shape ?? []).map((extent, each) =>
      each === along ? (ends.at(-1) ?? 0) : extent,
    );
    const whose = (index: number): number => ends.findIndex((end) => index < end);
    return [
      filled(shape, (place) => {
        const part = whose(place[along] ?? 0);
        const from = ends[part - 1] ?? 0;
        const input = inputs[part] ?? NOTHING;
        const own = place.map((index, each) => (each === along ? index - from : index));
        const strides = stridesOf(input.shape);
        return at(
          input,
          own.reduce((sum, index, each) => sum + index * (strides[each] ?? 0), 0),
        );
      }),
    ];
  },
  Split: ([x = NOTHING, sizes], { axis, num_outputs }) => {
    const along = axisOf(axis, x.shape.length);
    const parts = num_outputs as number;
    const lengths = sizes?.data ?? Array<number>(parts).fill((x.shape[along] ?? 0) / parts);
    let from = 0;
    return lengths.map((length) => {
      from += length;
      return cut(x, along, from - length, from);
    });
  },
  Slice: ([x = NOTHING, starts = NOTHING, ends = NOTHING, axes = NOTHING]) => {
    const place = (index: number, extent: number): number =>
      Math.min(extent, index < 0 ? index + extent : index);
    return [
      axes.data.reduce((part, axis, index) => {
        const extent = part.shape[axis] ?? 0;
        return cut(part, axis, place(at(starts, index), extent), place(at(ends, index), extent));
      }, x),
    ];
  },
  Gather: ([table = NOTHING, ids = NOTHING]) => {
    const width = sizeOf(table.shape.slice(1));
    const rowOf = (id: number): readonly number[] => {
      if (!(id >= 0 && id < (table.shape[0] ?? 0))) throw new Error(`row ${id} of ${table.shape[0]}`);
      return table.data.slice(id * width, (id + 1) * width);
    };
    return [{ shape: [...ids.shape, ...table.shape.slice(1)], data: ids.data.flatMap(rowOf) }];
  },
  MatMul: ([a = NOTHING, b = NOTHING]) => {
    const [depth, columns] = [b.shape.at(-2) ?? 0, b.shape.at(-1) ?? 0];
    if (a.shape.at(-1) !== depth) throw new Error(`[${a.shape}] by [${b.shape}]`);
    const shape = [...together([a.shape.slice(0, -2), b.shape.slice(0, -2)]), a.shape.at(-2) ?? 0, columns];
    return [
      filled(shape, (place) => {
        const [before, row, column] = [place.slice(0, -2), place.at(-2) ?? 0, place.at(-1) ?? 0];
        let sum = 0;
        for (let k = 0; k < depth; k++)
          sum += stretched(a, [...before, row, k]) * stretched(b, [...before, k, column]);
        return sum;
      }),
    ];
  },
  Softmax: ([x = NOTHING]) => [
    rows(x, (row) => {
      const most = Math.max(...row);
      const powers = row.map((value) => Math.exp(value - most));
      const total = powers.reduce((sum, value) => sum + value, 0);
      return powers.map((value) => value / total);
    }),
  ],
  ReduceMean: ([x = NOTHING]) => {
    const width = x.shape.at(-1) ?? 1;
    const means = rows(x, (row) => [row.reduce((sum, value) => sum + value, 0) / width]);
    return [{ shape: [...x.shape.slice(0, -1), 1], data: means.data }];
  },
  LayerNormalization: ([x = NOTHING, weight = NOTHING, bias], { epsilon }) => [
    rows(x, (row) => {
      const mean = row.reduce((sum, value) => sum + value, 0) / row.length;
      const variance = row.reduce((sum, value) => sum + (value - mean) ** 2, 0) / row.length;
      const scale = 1 / Math.sqrt(variance + (epsilon as number));
      return row.map((value, c) => (value - mean) * scale * at(weight, c) + (bias ? at(bias, c) : 0));
    }),
  ],
};
