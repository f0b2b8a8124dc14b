import type { Arguments } from "../../kernels/kernel.ts";
import { paddedCapacity } from "../../layout.ts";
import { dot, type Memory } from "./memory.ts";

interface Head {
  /** Row of the batch. */
  readonly b: number;
  /** First words of position 0 in a tensor laid out as qkv. */
  readonly query: number;
  readonly key: number;
  readonly value: number;
  /** First word of position 0 in a tensor laid out as the result. */
  readonly result: number;
  /** First row of this head relative to the rows of all heads. */
  readonly row: number;
  /** First word of this head's weights relative to the tensor of all weights. */
  readonly weights: number;
}

interface HeadSizes {
  readonly batch: number;
  readonly time: number;
  readonly heads: number;
  readonly kvHeads: number;
  readonly headWidth: number;
  /** Columns of a row of weights. */
  readonly padded?: number;
}

/** Words between positions: of qkv, of the result, and of a row of weights. */
const strides = ({ heads, kvHeads, headWidth, padded = 0 }: HeadSizes) => ({
  qkv: (heads + 2 * kvHeads) * headWidth,
  result: heads * headWidth,
  weights: padded,
});

function* eachHead(sizes: HeadSizes): Generator<Head> {
  const { batch, time, heads, kvHeads, headWidth } = sizes;
  const stride = strides(sizes);
  for (let b = 0; b < batch; b++) {
    for (let h = 0; h < heads; h++) {
      const shared = Math.floor(h / (heads / kvHeads));
      const row = b * time * stride.qkv;
      yield {
        b,
        query: row + h * headWidth,
        key: row + (heads + shared) * headWidth,
        value: row + (heads + kvHeads + shared) * headWidth,
        result: b * time * stride.result + h * headWidth,
        row: (b * heads + h) * time,
        weights: (b * heads + h) * time * stride.weights,
      };
    }
  }
}

/** In place, over scores `from` to `to`. Returns the highest and the sum of e^(score - the highest). */
function softmax(scores: Float64Array, from: number, to: number): readonly [highest: number, total: number] {
  let highest = Number.NEGATIVE_INFINITY;
  for (let j = from; j < to; j++) highest = Math.max(highest, scores[j]!);
  let total = 0;
  for (let j = from; j < to; j++) {
    scores[j] = Math.exp(scores[j]! - highest);
    total += scores[j]!;
  }
  for (let j = from; j < to; j++) scores[j]! /= total;
  return [highest, total];
}

export function attention(memory: Memory, args: Arguments<"attention">): void {
  const { qkv, segments, out, weights, normalizers, time, headWidth } = args;
  const { floats, integers } = memory;
  const stride = strides(args);
  const row = new Float64Array(stride.weights);
  for (const head of eachHead(args)) {
    for (let t = 0; t < time; t++) {
      const first = segments < 0 ? 0 : integers[segments + head.b * time + t]!;
      const query = qkv + head.query + t * stride.qkv;
      row.fill(0);
      for (let j = first; j <= t; j++) {
        row[j] = dot(memory, query, qkv + head.key + j * stride.qkv, headWidth) / Math.sqrt(headWidth);
      }
      const [highest, total] = softmax(row, first, t + 1);
      if (weights >= 0) floats.set(row, weights + head.weights + t * stride.weights);
      if (normalizers >= 0)
        floats.set([highest * Math.sqrt(headWidth), 1 / total], normalizers + 2 * (head.row + t));
      for (let d = 0; d < headWidth; d++) {
        let sum = 0;
        for (let j = first; j <= t; j++) sum += row[j]! * floats[qkv + head.value + j * stride.qkv + d]!;
        floats[out + head.result + t * stride.result + d] = sum;
      }
    }
  }
}

export function attentionGrad(memory: Memory, args: Arguments<"attentionGrad">): void {
  const { gradient, qkv, segments, weights, normalizers, out, batch, time, headWidth } = args;
  const { floats, integers } = memory;
  const stride = strides(args);
  floats.fill(0, out, out + batch * time * stride.qkv);
  const dScores = new Float64Array(time);
  const row = new Float64Array(time);
  for (const head of eachHead(args)) {
    for (let t = 0; t < time; t++) {
      const first = segments < 0 ? 0 : integers[segments + head.b * time + t]!;
      const incoming = gradient + head.result + t * stride.result;
      const [highest, inverse] = floats.subarray(normalizers + 2 * (head.row + t));
      let mean = 0;
      for (let j = first; j <= t; j++) {
        if (weights >= 0) row[j] = floats[weights + head.weights + t * stride.weights + j]!;
        else {
          const score = dot(
            memory,
            qkv + head.query + t * stride.qkv,
            qkv + head.key + j * stride.qkv,
            headWidth,
          );
          row[j] = Math.exp((score - highest!) / Math.sqrt(headWidth)) * inverse!;
        }
        dScores[j] = dot(memory, incoming, qkv + head.value + j * stride.qkv, headWidth);
        mean += row[j]! * dScores[j]!;
      }
      for (let j = first; j <= t; j++) {
        const weight = row[j]!;
        const dScore = (weight * (dScores[j]! - mean)) / Math.sqrt(headWidth);
        for (let d = 0; d < headWidth; d++) {
          const [query, key] = [head.query + t * stride.qkv + d, head.key + j * stride.qkv + d];
          floats[out + query]! += dScore * floats[qkv + key]!;
          floats[out + key]! += dScore * floats[qkv + query]!;
          floats[out + head.value + j * stride.qkv + d]! += weight * floats[incoming + d]!;
        }
      }
    }
  }
}

export function cachedAttention(memory: Memory, args: Arguments<"cachedAttention">): void {
  const { qkv, keys, values, start, out, batch, time, heads, kvHeads, headWidth, capacity } = args;
  const { floats, integers } = memory;
  const stride = strides(args);
  const width = kvHeads * headWidth;
  const padded = paddedCapacity(capacity);
  for (let b = 0; b < batch; b++) {
    for (let t = 0; t < time; t++) {
      const position = integers[start + b]! + t;
      const key = qkv + (b * time + t) * stride.qkv + heads * headWidth;
      for (let d = 0; d < width; d++) floats[keys + (b * width + d) * padded + position] = floats[key + d]!;
      floats.copyWithin(values + (b * capacity + position) * width, key + width, key + 2 * width);
    }
  }
  const row = new Float64Array(capacity);
  for (let b = 0; b < batch; b++) {
    for (let h = 0; h < heads; h++) {
      const column = Math.floor(h / (heads / kvHeads)) * headWidth;
      const [key, value] = [keys + (b * width + column) * padded, values + b * capacity * width + column];
      for (let t = 0; t < time; t++) {
        const query = qkv + (b * time + t) * stride.qkv + h * headWidth;
        const count = integers[start + b]! + t + 1;
        for (let j = 0; j < count; j++) {
          row[j] = dot(memory, query, key + j, headWidth, 1, padded) / Math.sqrt(headWidth);
        }
        softmax(row, 0, count);
        for (let d = 0; d < headWidth; d++) {
          let sum = 0;
          for (let j = 0; j < count; j++) sum += row[j]! * floats[value + j * width + d]!;
          floats[out + (b * time + t) * stride.result + h * headWidth + d] = sum;
        }
      }
    }
  }
}

export function rope({ floats, integers }: Memory, args: Arguments<"rope">): void {
  const { x, start, out, batch, time, width, heads, headWidth, inverse, theta } = args;
  const half = headWidth / 2;
  if (x !== out) floats.copyWithin(out, x, x + batch * time * width);
  for (let b = 0; b < batch; b++) {
    for (let t = 0; t < time; t++) {
      const position = t + (start < 0 ? 0 : integers[start + b]!);
      for (let i = 0; i < half; i++) {
        const angle = position * theta ** ((-2 * i) / headWidth);
        const [cos, sin] = [Math.cos(angle), inverse ? -Math.sin(angle) : Math.sin(angle)];
        for (let h = 0; h < heads; h++) {
          const at = out + (b * time + t) * width + h * headWidth + i;
          const [first, second] = [floats[at]!, floats[at + half]!];
          floats[at] = first * cos - second * sin;
          floats[at + half] = second * cos + first * sin;
        }
      }
    }
  }
}
