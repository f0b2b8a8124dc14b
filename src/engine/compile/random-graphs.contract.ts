import { expect, it } from "vitest";
import { Rng } from "../../base/index.ts";
import { gradients } from "../autodiff.ts";
import type { Device } from "../devices/device.ts";
import { ReferenceDevice } from "../devices/reference/reference.ts";
import { segmentStarts } from "../devices/segments.contract.ts";
import { aligned, ParameterLayout } from "../layout.ts";
import { gelu, reluSquared, softCap, swiglu } from "../ops/activation.ts";
import { causalAttention, rope } from "../ops/attention.ts";
import { blend } from "../ops/blend.ts";
import { dropout } from "../ops/dropout.ts";
import { bigram, embed } from "../ops/embed.ts";
import { crossEntropy } from "../ops/loss.ts";
import { linear, matmul } from "../ops/matmul.ts";
import { headNorm, layerNorm, rmsNorm } from "../ops/norm.ts";
import type { Program } from "../program.ts";
import { Input, type Node, Parameter, record, sizeOf, type Tensor } from "../tensor.ts";
import { type CompileOptions, compile } from "./compile.ts";
import { encode } from "./encode.ts";
import { leavesOf, placeLeaves } from "./leaves.ts";
import type { Place } from "./plan.ts";
import { schedule } from "./schedule.ts";

const STEPS = 3;

interface RandomGraph {
  readonly options: CompileOptions;
  /** What each input holds. */
  readonly inputs: Readonly<Record<string, readonly number[]>>;
  readonly parameters: Float32Array;
}

/** What a program computes from embedding to loss, with residuals, shared weights, dropout and tensors that are asked for. */
function randomGraph(rng: Rng): RandomGraph {
  const [batch, time, width, vocabulary] = [
    1 + rng.below(2),
    1 + rng.below(18),
    4 + 4 * rng.below(4),
    1 + rng.below(9),
  ];
  const coin = (): boolean => rng.below(2) === 1;
  const parameters: Parameter[] = [];
  const parameter = (...shape: number[]): Parameter => {
    const made = new Parameter(`p${parameters.length}`, shape, { kind: "normal", deviation: 1 });
    parameters.push(made);
    return made;
  };
  const whole = { dtype: "i32", perStep: true } as const;
  const [ids, targets] = [new Input("ids", [batch, time], whole), new Input("targets", [batch, time], whole)];
  const [step, rate] = [new Input("step", [1], whole), new Input("rate", [1], { perStep: true })];
  const segments = new Input("segments", [batch, time], { ...whole, segments: true });
  const data = new Input("data", [batch, time, width], { perStep: coin() });
  const [table, shared] = [parameter(vocabulary, width), parameter(width, width)];
  const positions = parameter(time + rng.below(3), width);
  const known: Tensor[] = [
    embed(ids, table, { positions: coin() ? positions : undefined, segments: coin() ? segments : undefined }),
    parameter(batch, time, width),
    data,
  ];
  const any = (): Tensor => known[coin() ? rng.below(known.length) : known.length - 1]!;
  const square = (): Parameter => (coin() ? shared : parameter(width, width));
  const residual = (f: (x: Tensor) => Tensor): Tensor => {
    const x = any();
    return x.add(f(x));
  };
  let site = 0;
  const drop = (x: Tensor): Tensor => dropout(x, 0.3, { seed: 5, site: site++, step });
  const ops: (() => Tensor)[] = [
    () => any().add(any()),
    () => any().multiply(any()),
    () => any().scale(rng.normal()),
    () => gelu(any(), coin() ? "tanh" : "erf"),
    () => linear(any(), square(), coin() ? parameter(width) : undefined),
    () => residual((x) => matmul(x, square(), { transposeB: true })),
    () => matmul(any(), shared).add(matmul(any(), shared)),
    () => layerNorm(any(), parameter(width), coin() ? parameter(width) : undefined),
    () => residual((x) => layerNorm(x, parameter(width))),
    () => residual((x) => rmsNorm(x, parameter(width))),
    () => swiglu(linear(any(), parameter(width, 2 * width))),
    () => reluSquared(any()),
    () => softCap(any(), 3),
    () => blend(any(), any(), parameter(2)),
    () => blend(any(), any(), parameter(2), [1, width]),
    () => headNorm(any(), 1, width - (width % 2)),
    () => embed(bigram(ids, vocabulary, 40), parameter(40, width)),
    () => residual((x) => drop(linear(x, square()))),
    () => causalAttention(rope(linear(any(), parameter(width, 3 * width)), { heads: 2 }), { heads: 2 }).out,
    () => causalAttention(linear(any(), parameter(width, 2 * width)), { heads: 2, kvHeads: 1 }).out,
    () =>
      causalAttention(linear(any(), parameter(width, 3 * width)), { heads: 2 }, { keepWeights: () => false })
        .out,
    () => {
      const qkv = linear(any(), parameter(width, 3 * width));
      return causalAttention(qkv, { heads: 2 }, { segments, keepWeights: coin }).out;
    },
    () => {
      const qkv = linear(any(), parameter(width, 3 * width));
      return causalAttention(qkv, { heads: 1 }).out.add(causalAttention(qkv, { heads: 2 }).out);
    },
  ];
  for (let i = 2 + rng.below(9); i > 0; i--) known.push(ops[rng.below(ops.length)]!());
  const head = coin() ? table : parameter(vocabulary, width);
  const last = layerNorm(known.at(-1)!, parameter(width));
  const {
    loss: mean,
    losses,
    probabilities,
  } = crossEntropy(matmul(last, head, { transposeB: true }), targets, { smoothing: coin() ? 0.1 : 0 });
  const squares = known
    .slice(3)
    .map((tensor) => rmsNorm(tensor, parameter(width)).multiply(last).sum().scale(0.1));
  const loss = coin() ? squares.reduce((sum, term) => sum.add(term), mean) : mean;

  const layout = new ParameterLayout([
    parameters.filter((_, i) => i % 2 === 0),
    parameters.filter((_, i) => i % 2 === 1),
  ]);
  const wanted = gradients(
    loss,
    parameters.filter(() => rng.below(4) > 0),
  );
  const asked = [...known.filter(({ node }) => node), losses, probabilities, ...wanted.values()].filter(
    () => rng.below(5) === 0,
  );
  const values = new Float32Array(layout.words);
  for (const each of parameters) {
    for (let i = 0; i < each.size; i++) values[layout.offsetOf(each) + i] = 0.5 * rng.normal();
  }
  const list = (count: number, draw: () => number): number[] => Array.from({ length: count }, draw);
  return {
    options: {
      layout,
      outputs: Object.fromEntries(asked.map((tensor, i) => [`asked${i}`, tensor])),
      perStep: { loss },
      gradients: wanted,
      effects: descent(layout, wanted.size > 0, rate),
      inputs: [ids, targets, step, rate, segments, data],
      steps: STEPS,
    },
    inputs: {
      ids: list(STEPS * ids.size, () => rng.below(vocabulary)),
      targets: list(STEPS * targets.size, () => rng.below(vocabulary + 1) - 1),
      step: [1, 2, 3],
      segments: segmentStarts(STEPS * batch, time, () => rng.below(4) === 0),
      rate: [0.01, 0.02, 0.01],
      data: list((data.perStep ? STEPS : 1) * data.size, () => rng.normal()),
    },
    parameters: values,
  };
}

/** Gradient descent on all parameters. */
function descent(layout: ParameterLayout, any: boolean, rate: Tensor): Node[] {
  if (!any) return [];
  const numbers = { momentum: 0, decay: 0, rateScale: 1, maxNorm: 0, maxValue: 0 };
  return layout.groups
    .filter(({ words }) => words > 0)
    .map((group) => {
      const [parameter, gradient] = [layout.stretch("parameters", group), layout.stretch("gradients", group)];
      return record("sgd", { parameter, gradient, rate }, { ...numbers, count: group.words }, {}).node;
    });
}

/** The same program without fusing, and with memory for each tensor alone. */
function compileNaively(options: CompileOptions): Program {
  const { layout, outputs, perStep = {}, effects = [], inputs = [], steps = 1 } = options;
  const pinned = new Map<Tensor, Place>();
  for (const [parameter, gradient] of options.gradients ?? []) {
    pinned.set(gradient, { region: "gradients", offset: layout.offsetOf(parameter as Parameter) });
  }
  const kept = [...Object.values(outputs), ...Object.values(perStep), ...pinned.keys()];
  const body = schedule(kept, effects);
  const leaves = placeLeaves([...leavesOf(body), ...inputs], pinned, layout, perStep, steps);
  const all = [...leaves.prologue, ...body, ...leaves.epilogue];
  const places = new Map(leaves.places);
  let words = 0;
  for (const tensor of all.flatMap((each) => Object.values(each.outputs))) {
    if (places.has(tensor)) continue;
    places.set(tensor, { region: "activations", offset: words });
    words += aligned(tensor.size);
  }
  const slots = Object.entries(outputs).map(([name, { shape, dtype }]) => {
    const place = places.get(outputs[name]!)!;
    return [name, { ...place, shape, dtype, perStep: false }] as const;
  });
  return {
    ...encode(all, places),
    regions: { parameters: layout.words, ...leaves.sizes, activations: words },
    ...{ layout, inputs: leaves.inputs, outputs: { ...Object.fromEntries(slots), ...leaves.outputs }, steps },
  };
}

/** All that a program leaves behind after its steps, its memory full of NaN before. */
function compute(device: Device, program: Program, { inputs, parameters, options }: RandomGraph): number[] {
  const executable = device.load(program);
  executable.region("activations").write(0, new Float32Array(program.regions.activations).fill(Number.NaN));
  executable.region("parameters").write(0, parameters);
  for (const [name, values] of Object.entries(inputs)) executable.write(name, values);
  executable.run(STEPS);
  const results = [...executable.readInto("loss", new Float64Array(STEPS))];
  for (const [name, { shape }] of Object.entries(options.outputs)) {
    results.push(...executable.readInto(name, new Float64Array(sizeOf(shape))));
  }
  for (const parameter of options.gradients?.keys() ?? []) {
    const offset = options.layout.offsetOf(parameter as Parameter);
    results.push(...executable.region("gradients").read(offset, parameter.size));
  }
  results.push(...executable.region("parameters").read(0, parameters.length));
  executable.release();
  return results;
}

function relativeError(actual: readonly number[], expected: readonly number[]): number {
  const largest = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 1e-3);
  const worst = actual.reduce((most, value, i) => {
    const error = Math.abs(value - expected[i]!);
    return Number.isNaN(error) ? Number.POSITIVE_INFINITY : Math.max(most, error);
  }, 0);
  return worst / largest;
}

/** What every device promises of whole programs: fused, in shared memory, they compute what their operations say. */
export function describeRandomGraphs(name: string, create: () => Promise<Device>, graphs = 1000): void {
  it(`random training programs (${graphs}) compute on ${name} what they do without fusing and sharing memory`, async () => {
    const device = await create();
    const [exact, single] = [new ReferenceDevice({ precision: "f64" }), new ReferenceDevice()];
    const rng = new Rng(Number(process.env["PARROTLET_TEST_SEED"] ?? 2026));
    let compared = 0;
    for (let number = 0; number < graphs; number++) {
      const graph = randomGraph(rng);
      const expected = compute(exact, compileNaively(graph.options), graph);
      if (!expected.every((value) => Math.abs(value) < 1e6)) continue; // a product of products, out of hand
      const program = compile(graph.options);
      expect(relativeError(compute(exact, program, graph), expected), `graph ${number}`).toBeLessThan(1e-7);
      // Some graphs magnify rounding. By how much say the reference in single precision, and in double precision with
      // numbers that are off by a rounding.
      const nudged = (): RandomGraph => ({
        ...graph,
        parameters: graph.parameters.map((x) => x * (1 + 1.2e-7 * (2 * rng.uniform() - 1))),
      });
      const rounding = Math.max(
        relativeError(compute(single, program, graph), expected),
        ...[1, 2, 3].map(() => relativeError(compute(exact, program, nudged()), expected)),
      );
      if (rounding > 1e-3) continue; // chaos: it says nothing
      const error = relativeError(compute(device, program, graph), expected);
      expect(error, `graph ${number} on ${name}`).toBeLessThan(1e-4 + 20 * rounding);
      compared++;
    }
    expect(compared).toBeGreaterThan(0.9 * graphs);
  });
}
