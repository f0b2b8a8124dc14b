import { access, constants, mkdir } from "node:fs/promises";
import { availableParallelism, cpus } from "node:os";
import { bestWasmBuild, compile, type Device, Input, matmul, ParameterLayout } from "../../engine/index.ts";
import { openDevice } from "../../node/index.ts";
import { type CommonOptions, workspaceRoot } from "../options.ts";
import { EXIT, print, printJson } from "../terminal.ts";

/** `parrotlet doctor` */
export async function doctor(options: CommonOptions): Promise<number> {
  const device = await openDevice(options.device);
  const folder = workspaceRoot(options);
  const facts = {
    node: process.version,
    platform: `${process.platform} ${process.arch}`,
    processor: cpus()[0]?.model.trim() ?? "unknown",
    cores: availableParallelism(),
    device: device.name,
    why: whyDevice(device),
    gflops: Math.round(measure(device) * 10) / 10,
    workspace: folder,
    writable: await isWritable(folder),
    terminal: process.stdout.isTTY
      ? `${process.stdout.columns} columns, ${process.stdout.getColorDepth()}-bit color`
      : "none",
  };
  if (options.json) {
    printJson(facts);
  } else {
    print(`node        ${facts.node} on ${facts.platform}`);
    print(`processor   ${facts.processor}, ${facts.cores} cores`);
    print(`device      ${facts.device}, ${facts.gflops} GFLOP/s on one thread`);
    print(`            ${facts.why}`);
    print(
      `workspace   ${facts.workspace}${facts.writable ? "" : " (cannot be written to: choose another with --workspace)"}`,
    );
    print(`terminal    ${facts.terminal}`);
  }
  return facts.writable ? EXIT.ok : EXIT.failed;
}

function whyDevice({ name }: Device): string {
  if (name === "reference")
    return "It was asked for. It is plain TypeScript: for reading and checking, not for speed.";
  if (name === "wasm-relaxed")
    return "This Node has WebAssembly with SIMD and relaxed SIMD: products and sums in one rounding.";
  if (bestWasmBuild() === "wasm-relaxed")
    return "It was asked for. This Node could run wasm-relaxed, which is faster.";
  return "This Node has WebAssembly with SIMD, but not relaxed SIMD (Node 22 and later do).";
}

/** Billions of floating-point operations a second in a matrix product of moderate size. */
function measure(device: Device): number {
  const size = device.name === "reference" ? 64 : 256;
  const [a, b] = [new Input("a", [size, size]), new Input("b", [size, size])];
  const program = device.load(compile({ layout: new ParameterLayout([]), outputs: { out: matmul(a, b) } }));
  const until = performance.now() + 300;
  let best = 0;
  while (performance.now() < until) {
    const start = performance.now();
    for (let i = 0; i < 4; i++) program.run();
    best = Math.max(best, (4 * 2 * size ** 3) / (performance.now() - start) / 1e6);
  }
  program.release();
  return best;
}

async function isWritable(folder: string): Promise<boolean> {
  try {
    await mkdir(folder, { recursive: true });
    await access(folder, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}
