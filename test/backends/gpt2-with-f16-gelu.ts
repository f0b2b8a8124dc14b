import { fromF16, type LoadedModel, toF16, toFile } from "../../src/checkpoint/index.ts";

/**
 * Logits after the last of some tokens of a `classic` model, in plain f64, but for one thing that llama.cpp does on a CPU: GELU is
 * looked up in a table, by a number rounded to f16, and what it gives is rounded so too.
 *
 * @see ggml_gelu of https://github.com/ggml-org/ggml
 */
export function logitsWithF16Gelu({ model, weights }: LoadedModel, ids: readonly number[]): number[] {
  const { heads, layers, epsilon } = model.config;
  const file = toFile(model, (parameter) => weights.read(parameter));
  const read = (name: string): Float32Array => file.get(name)?.values ?? new Float32Array();
  const rowOf = (name: string, row: number, width: number): number[] =>
    Array.from(read(name).subarray(row * width, (row + 1) * width));
  const width = model.config.width;
  const norm = (name: string, x: readonly number[]): number[] => {
    const mean = x.reduce((sum, value) => sum + value, 0) / x.length;
    const variance = x.reduce((sum, value) => sum + (value - mean) ** 2, 0) / x.length;
    const [weight, bias] = [read(`${name}.weight`), read(`${name}.bias`)];
    return x.map(
      (value, i) => ((value - mean) / Math.sqrt(variance + epsilon)) * (weight[i] ?? 0) + (bias[i] ?? 0),
    );
  };
  /** `[in, out]`. */
  const linear = (name: string, x: readonly number[]): number[] => {
    const [weight, bias] = [read(`${name}.weight`), read(`${name}.bias`)];
    return Array.from(bias, (start, column) =>
      x.reduce((sum, value, row) => sum + value * (weight[row * bias.length + column] ?? 0), start),
    );
  };
  const add = (a: readonly number[], b: readonly number[]): number[] =>
    a.map((value, i) => value + (b[i] ?? 0));
  let stream = ids.map((id, at) =>
    add(rowOf("transformer.wte.weight", id, width), rowOf("transformer.wpe.weight", at, width)),
  );
  for (let layer = 0; layer < layers; layer++) {
    const name = `transformer.h.${layer}`;
    const qkv = stream.map((x) => linear(`${name}.attn.c_attn`, norm(`${name}.ln_1`, x)));
    stream = stream.map((x, at) =>
      add(x, linear(`${name}.attn.c_proj`, attended(qkv.slice(0, at + 1), heads, width))),
    );
    stream = stream.map((x) => {
      const middle = linear(`${name}.mlp.c_fc`, norm(`${name}.ln_2`, x)).map(roundedGelu);
      return add(x, linear(`${name}.mlp.c_proj`, middle));
    });
  }
  const last = norm("transformer.ln_f", stream.at(-1) ?? []);
  return Array.from({ length: model.config.vocabulary }, (_, token) =>
    rowOf("transformer.wte.weight", token, width).reduce((sum, value, i) => sum + value * (last[i] ?? 0), 0),
  );
}

/** What the last position reads from all. */
function attended(qkv: readonly (readonly number[])[], heads: number, width: number): number[] {
  const headWidth = width / heads;
  const query = qkv.at(-1) ?? [];
  return Array.from({ length: heads }, (_, head) => {
    const part = (x: readonly number[], which: number): readonly number[] =>
      x.slice(which * width + head * headWidth, which * width + (head + 1) * headWidth);
    const own = part(query, 0);
    const scores = qkv.map((x) => {
      const key = part(x, 1);
      return own.reduce((sum, value, i) => sum + value * (key[i] ?? 0), 0) / Math.sqrt(headWidth);
    });
    const shares = scores.map((score) => Math.exp(score - Math.max(...scores)));
    const total = shares.reduce((sum, share) => sum + share, 0);
    return own.map((_value, i) =>
      qkv.reduce((sum, x, at) => sum + ((shares[at] ?? 0) / total) * (part(x, 2)[i] ?? 0), 0),
    );
  }).flat();
}

function roundedGelu(exact: number): number {
  const x = fromF16(toF16(exact));
  const gelu = 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3)));
  return fromF16(toF16(gelu));
}
