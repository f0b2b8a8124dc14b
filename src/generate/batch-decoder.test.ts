import { readFileSync } from "node:fs";
import { beforeAll, describe, expect, it } from "vitest";
import { present, Rng } from "../base/index.ts";
import { createWasmDevice, type Device, ReferenceDevice, wasmFile } from "../engine/index.ts";
import { layoutOf, type ModelOptions, modelConfig, Transformer, Weights } from "../model/index.ts";
import { BatchDecoder, type Sequence } from "./batch-decoder.ts";
import { bytesPerRow } from "./batch-programs.ts";
import { Decoder } from "./decoder.ts";

const contextWindow = 40;
const vocabulary = 23;
const shape = { vocabulary, contextWindow, width: 16, layers: 2, heads: 4, deviation: 0.4 };
const presets: Readonly<Record<string, ModelOptions>> = {
  classic: shape,
  llama: { ...shape, preset: "llama", kvHeads: 2 },
  modern: {
    ...shape,
    preset: "modern",
    kvHeads: 2,
    zeroProjections: false,
    valueResidual: true,
    bigrams: 60,
  },
};
const wasm = (): Promise<Device> =>
  createWasmDevice("wasm", readFileSync(new URL(`../engine/kernels/${wasmFile("wasm")}`, import.meta.url)));

function load(options: ModelOptions, device: Device) {
  const model = new Transformer(modelConfig(options));
  return { model, weights: new Weights(device, layoutOf(model)).initialize(1) };
}

/** A text that is fed a token of its own at each step; what the model says is kept. */
class Fed {
  readonly prompt: readonly number[];
  readonly tokens: readonly number[];
  readonly logits: Float32Array[] = [];

  constructor(rng: Rng) {
    const random = (count: number): number[] => Array.from({ length: count }, () => rng.below(vocabulary));
    this.prompt = random(1 + rng.below(contextWindow - 1));
    this.tokens = random(rng.below(contextWindow - this.prompt.length + 1));
  }

  /** @returns Whether there is another token to feed. */
  take(sequence: Sequence): boolean {
    const next = this.tokens[this.logits.length];
    this.logits.push(sequence.logits.slice());
    sequence.next = next ?? -1;
    return next !== undefined;
  }
}

function alone(decoder: BatchDecoder, fed: Fed): Float32Array[] {
  const sequence = present(decoder.begin(fed.prompt), "a row");
  while (!decoder.read());
  while (fed.take(sequence)) decoder.step();
  decoder.end(sequence);
  return fed.logits;
}

/** Feeds texts that come and go at random places of time, as many at once as there are rows. */
function together(decoder: BatchDecoder, all: readonly Fed[], rng: Rng): void {
  const waiting = [...all];
  const running = new Map<Sequence, Fed>();
  const goOn = (sequence: Sequence): void => {
    if (running.get(sequence)?.take(sequence)) return;
    decoder.end(sequence);
    running.delete(sequence);
  };
  while (waiting.length > 0 || running.size > 0) {
    while (waiting[0] && (running.size === 0 || rng.below(3) > 0)) {
      const sequence = decoder.begin(waiting[0].prompt);
      if (!sequence) break;
      running.set(sequence, present(waiting.shift(), "a text"));
    }
    const whole = decoder.read();
    if (whole) goOn(whole);
    decoder.step();
    for (const sequence of [...running.keys()]) if (sequence.isRead && sequence.next < 0) goOn(sequence);
  }
}

describe.each(Object.entries(presets))("decoding %s in a batch", (_, options) => {
  let onWasm: ReturnType<typeof load>;
  beforeAll(async () => {
    onWasm = load(options, await wasm());
  });

  it("gives what a decoder of one row gives", () => {
    const loaded = load(options, new ReferenceDevice());
    const rng = new Rng(3);
    const all = Array.from({ length: 7 }, () => new Fed(rng));
    together(new BatchDecoder({ ...loaded, mostRows: 3 }), all, rng);
    const decoder = new Decoder(loaded);
    for (const { prompt, tokens, logits } of all) {
      expect(logits).toHaveLength(tokens.length + 1);
      const expected = [...present(decoder.prefill([prompt])[0], "logits")];
      for (const [i, value] of expected.entries()) expect(logits[0]?.[i]).toBeCloseTo(value, 4);
      const last = tokens.map((token) => decoder.step([token])[0]?.slice()).at(-1) ?? [];
      for (const [i, value] of last.entries()) expect(logits.at(-1)?.[i]).toBeCloseTo(value, 4);
    }
  });

  it.each([2, 5, 64])("gives the same bits in a company of %i as alone", (mostRows) => {
    const rng = new Rng(4);
    const all = Array.from({ length: 2 * mostRows }, () => new Fed(rng));
    together(new BatchDecoder({ ...onWasm, mostRows }), all, rng);
    const decoder = new BatchDecoder({ ...onWasm, mostRows: 1 });
    for (const fed of all) {
      const again = new Fed(new Rng(0));
      const lone = alone(decoder, Object.assign(again, { prompt: fed.prompt, tokens: fed.tokens }));
      expect(fed.logits).toEqual(lone);
    }
  });

  it("reads only what no free row holds", () => {
    const decoder = new BatchDecoder({ ...onWasm, mostRows: 3 });
    const rng = new Rng(5);
    const random = (count: number): number[] => Array.from({ length: count }, () => rng.below(vocabulary));
    const read = (prompt: readonly number[]): Sequence => {
      const sequence = present(decoder.begin(prompt), "a row");
      while (!decoder.read());
      return sequence;
    };
    const [one, other] = [random(20), random(20)];
    for (const prompt of [one, other]) {
      const sequence = read(prompt);
      expect(sequence.reused).toBeLessThan(4);
      sequence.next = 7;
      decoder.step();
      decoder.end(sequence);
    }
    // Two conversations by turns: each finds its own row.
    for (const prompt of [one, other, one]) {
      const longer = [...prompt, 7, ...random(5)];
      const sequence = read(longer);
      expect(sequence.reused).toBe(21);
      const afresh = new BatchDecoder({ ...onWasm, mostRows: 1 });
      const expected = present(afresh.begin(longer), "a row");
      while (!afresh.read());
      expect(sequence.logits).toEqual(expected.logits);
      afresh.release();
      decoder.end(sequence);
    }
    const same = read(one);
    expect(same.reused, "all but the last token").toBe(19);
    expect(decoder.begin(one)?.reused, "a row that is taken is not shared").toBeLessThan(4);
  });

  it("grows with what it holds, within its memory", () => {
    const rowBytes = bytesPerRow(onWasm.model, contextWindow);
    const bounded = new BatchDecoder({ ...onWasm, memory: 3.5 * rowBytes });
    expect(bounded.mostRows).toBe(3);
    for (let row = 0; row < 3; row++) expect(bounded.begin([1, 2])).toBeDefined();
    expect(bounded.begin([1, 2])).toBeUndefined();
    bounded.release();
  });
});

it("keeps what it holds when its rows become more", async () => {
  // A cache of 16 MiB or more begins with fewer rows than it may have.
  const wide = load({ ...shape, contextWindow: 1024, width: 512, layers: 1 }, await wasm());
  const decoder = new BatchDecoder({ ...wide, mostRows: 6 });
  expect(5 * bytesPerRow(wide.model, 1024)).toBeGreaterThan(2 ** 24);
  const rng = new Rng(6);
  const all = Array.from({ length: 8 }, () => new Fed(rng));
  together(decoder, all, new Rng(1));
  const lone = new BatchDecoder({ ...wide, mostRows: 1 });
  for (const fed of all) {
    const again = Object.assign(new Fed(new Rng(0)), { prompt: fed.prompt, tokens: fed.tokens });
    const [last, expected] = [fed.logits.at(-1), alone(lone, again).at(-1)];
    for (const [i, value] of (expected ?? []).entries()) expect(last?.[i]).toBeCloseTo(value, 3);
  }
  decoder.release();
  lone.release();
  wide.weights.release();
});
