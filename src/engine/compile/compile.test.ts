import { describe, expect, it } from "vitest";
import { gradients } from "../autodiff.ts";
import { ReferenceDevice } from "../devices/reference/reference.ts";
import { type Kernel, kernels } from "../kernels/kernel.ts";
import { ParameterLayout } from "../layout.ts";
import { gelu } from "../ops/activation.ts";
import { causalAttention } from "../ops/attention.ts";
import { embed } from "../ops/embed.ts";
import { linear, matmul } from "../ops/matmul.ts";
import { layerNorm } from "../ops/norm.ts";
import type { Program } from "../program.ts";
import { Input, type Node, Parameter, record } from "../tensor.ts";
import { compile } from "./compile.ts";

const parameter = (name: string, ...shape: number[]): Parameter =>
  new Parameter(name, shape, { kind: "constant", value: 0 });

function kernelsOf({ code }: Program): Kernel[] {
  const names: Kernel[] = [];
  for (let at = 0; at < code.length; at += 2 + code[at + 1]!) names.push(kernels[code[at]!]!);
  return names;
}

describe("compile", () => {
  const [x, weight, bias] = [new Input("x", [3, 4]), parameter("weight", 4, 4), parameter("bias", 4)];
  const layout = new ParameterLayout([[weight], [bias]]);

  it("drops what no output needs", () => {
    const used = linear(x, weight, bias);
    gelu(used);
    expect(kernelsOf(compile({ layout, outputs: { used } }))).toEqual(["matmul"]);
  });

  it("folds a residual connection into the product", () => {
    const out = x.add(linear(x, weight, bias));
    expect(kernelsOf(compile({ layout, outputs: { out } }))).toEqual(["matmul"]);
  });

  it("folds nothing that is asked for by itself", () => {
    const inner = linear(x, weight, bias);
    const out = x.add(inner);
    expect(kernelsOf(compile({ layout, outputs: { inner, out } }))).toEqual(["matmul", "add"]);
  });

  it("folds nothing that is read twice", () => {
    const inner = linear(x, weight, bias);
    expect(kernelsOf(compile({ layout, outputs: { out: inner.add(inner.multiply(inner)) } }))).toContain(
      "add",
    );
  });

  it("adds the two gradients of a tied embedding without a pass of its own", () => {
    const table = parameter("table", 5, 4);
    const ids = new Input("ids", [2, 3], { dtype: "i32" });
    const loss = matmul(embed(ids, table), table, { transposeB: true }).sum();
    const tied = new ParameterLayout([[table]]);
    const program = compile({ layout: tied, outputs: { loss }, gradients: gradients(loss, [table]) });
    expect(kernelsOf(program)).not.toContain("add");
  });

  it("leaves out the results that only a backward pass would read", () => {
    const out = gelu(layerNorm(x, parameter("w", 4)));
    const w = out.node?.inputs["x"]?.node?.inputs["weight"] as Parameter;
    const { code } = compile({ layout: new ParameterLayout([[w]]), outputs: { out } });
    expect([...code].filter((word) => word === -1)).toHaveLength(4); // bias, mean, rstd; slope
  });

  it("lets tensors that are never alive together share memory", () => {
    let deep = x.scale(1);
    for (let i = 0; i < 50; i++) deep = linear(deep, weight, bias);
    const { regions } = compile({ layout, outputs: { deep } });
    expect(regions.activations).toBeLessThanOrEqual(3 * 16);
  });

  it("gives each parameter its gradient even where two are the same tensor", () => {
    const [a, b] = [parameter("a", 3), parameter("b", 3)];
    const loss = a.add(b).sum();
    const both = new ParameterLayout([[a, b]]);
    const program = new ReferenceDevice().load(
      compile({ layout: both, outputs: { loss }, gradients: gradients(loss, [a, b]) }),
    );
    program.run();
    const region = program.region("gradients");
    expect([...region.read(both.offsetOf(a), 3), ...region.read(both.offsetOf(b), 3)]).toEqual([
      1, 1, 1, 1, 1, 1,
    ]);
  });

  it("refuses an optimizer that was recorded before the gradients that it reads", () => {
    const loss = linear(x, weight, bias).sum();
    const rate = new Input("rate", [1]);
    const descend = (of: Parameter) => {
      const at = { offset: layout.offsetOf(of), words: of.size };
      const places = {
        parameter: layout.stretch("parameters", at),
        gradient: layout.stretch("gradients", at),
      };
      const numbers = { count: of.size, decay: 0, rateScale: 1, maxNorm: 0, maxValue: 0, momentum: 0 };
      return record("sgd", { ...places, rate }, numbers, {}).node;
    };
    const early = descend(bias);
    const wanted = gradients(loss, [weight, bias]);
    const compiled = (effect: Node) => compile({ layout, outputs: {}, gradients: wanted, effects: [effect] });
    expect(() => compiled(early)).toThrow("a gradient is computed after it was read");
    expect(kernelsOf(compiled(descend(bias))).at(-1)).toBe("sgd");
  });

  it("keeps the value of each step of a run, and takes each step's inputs in turn", () => {
    const [a, b] = [new Input("a", [2], { perStep: true }), new Input("b", [2])];
    const sum = a.add(b).sum();
    const program = new ReferenceDevice().load(
      compile({ layout: new ParameterLayout([]), outputs: {}, perStep: { sum }, steps: 4 }),
    );
    program.write("a", [1, 2, 3, 4, 5, 6]);
    program.write("b", [10, 20]);
    program.run(3);
    expect([...program.read("sum", 3)]).toEqual([33, 37, 41]);
  });
});

describe("inputs", () => {
  const ids = new Input("ids", [1, 2], { dtype: "i32", below: 5 });
  const table = parameter("table", 5, 4);
  const program = new ReferenceDevice().load(
    compile({ layout: new ParameterLayout([[table]]), outputs: { out: embed(ids, table) } }),
  );

  it("of the wrong size are refused", () => {
    expect(() => program.write("ids", [1])).toThrow("input ids is [1, 2], but 1 values were given");
  });

  it("that name a segment ahead, or fall, are refused with the place", () => {
    const segments = new Input("segments", [2, 3], { dtype: "i32", segments: true });
    const qkv = parameter("qkv", 2, 3, 12);
    const { out } = causalAttention(qkv, { heads: 2 }, { segments });
    const packed = new ReferenceDevice().load(
      compile({ layout: new ParameterLayout([[qkv]]), outputs: { out } }),
    );
    packed.write("segments", [0, 1, 1, 0, 0, 2]);
    for (const [bad, place] of [
      [[0, 0, 0, 1, 1, 1], /holds 1 at place 0 of row 1, .* between 0, .* and 0/],
      [[0, 1, 0, 0, 0, 0], /holds 0 at place 2 of row 0, .* between 1, .* and 2/],
      [[0, -1, 0, 0, 0, 0], /holds -1 at place 1 of row 0/],
      [[0, 0, 0.5, 0, 0, 0], /holds 0.5 at place 2 of row 0/],
    ] as const) {
      expect(() => packed.write("segments", bad)).toThrow(
        expect.objectContaining({ code: "segments-invalid", message: expect.stringMatching(place) }),
      );
    }
  });

  it("out of range are refused before a kernel sees them", () => {
    for (const bad of [5, -1, 1.5, Number.NaN]) {
      expect(() => program.write("ids", [1, bad])).toThrow(
        `input ids holds ${bad} at place 1, but its values must be whole numbers from 0 on and below 5`,
      );
    }
  });
});
