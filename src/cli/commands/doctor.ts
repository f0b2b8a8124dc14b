import { access, constants, mkdir } from "node:fs/promises";
import { availableParallelism, cpus } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { bestWasmBuild, compile, type Device, Input, matmul, ParameterLayout } from "../../engine/index.ts";
import { chooseNative, openDevice } from "../../node/index.ts";
import { type CommonOptions, workspaceRoot } from "../options.ts";
import { EXIT, print, printJson } from "../terminal.ts";

/** `parrotlet doctor` */
export async function doctor(options: CommonOptions): Promise<number> {
  const { device, precisions, threads, gflops, gflopsTogether } = await measureDevice(options);
  const folder = workspaceRoot(options);
  const facts = {
    node: process.version,
    platform: `${process.platform} ${process.arch}`,
    processor: cpus()[0]?.model.trim() ?? "unknown",
    cores: availableParallelism(),
    device,
    why: whyDevice(device, options.device),
    gflops,
    threads,
    gflopsTogether,
    precisions,
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
    print(`device      ${device}: ${gflops} GFLOP/s on one thread`);
    if (threads > 1) print(`            ${gflopsTogether} GFLOP/s on ${threads}`);
    print(`            ${facts.why}`);
    print(`precision   ${precisions.join(" or ")}`);
    print(
      `workspace   ${facts.workspace}${facts.writable ? "" : " (cannot be written to: choose another with --workspace)"}`,
    );
    print(`terminal    ${facts.terminal}`);
  }
  return facts.writable ? EXIT.ok : EXIT.failed;
}

async function measureDevice(options: CommonOptions) {
  const alone = await openDevice(options.device, { threads: 1 });
  const gflops = await measure(alone);
  const together = await openDevice(options.device, options);
  const gflopsTogether = together.threads > 1 ? await measure(together) : gflops;
  together.release();
  const precisions = alone.bf16 ? ["f32", "bf16"] : ["f32"];
  return { device: alone.name, precisions, threads: together.threads, gflops, gflopsTogether };
}

function whyDevice(device: string, asked: string | undefined): string {
  const native = chooseNative();
  if (device === "native") return native.why;
  if (device === "reference")
    return "It was asked for. It is plain TypeScript: for reading and checking, not for speed.";
  if (native.build) return `It was asked for. native is faster: ${native.why}`;
  if (asked === "wasm" && bestWasmBuild() === "wasm-relaxed")
    return "It was asked for. This Node could run wasm-relaxed, which is faster.";
  const relaxed =
    device === "wasm-relaxed"
      ? "This Node has WebAssembly with relaxed SIMD: products and sums in one rounding."
      : "This Node has WebAssembly with SIMD, but not relaxed SIMD (Node 22 and later do).";
  return `${native.why} ${relaxed}`;
}

/** Billions of floating-point operations a second in a matrix product of moderate size. */
async function measure(device: Device): Promise<number> {
  const size = device.name === "reference" ? 64 : 384;
  const [a, b] = [new Input("a", [size, size]), new Input("b", [size, size])];
  const program = device.load(compile({ layout: new ParameterLayout([]), outputs: { out: matmul(a, b) } }));
  if (device.threads > 1) await sleep(200); // they start
  const until = performance.now() + 300;
  let best = 0;
  while (performance.now() < until) {
    const start = performance.now();
    for (let i = 0; i < 4; i++) program.run();
    best = Math.max(best, (4 * 2 * size ** 3) / (performance.now() - start) / 1e6);
  }
  program.release();
  return Math.round(best * 10) / 10;
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
