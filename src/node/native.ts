import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import {
  CompiledDevice,
  type CompiledKernels,
  FIRST_PAGES,
  MOST_PAGES,
  serveTeam,
  type TeamPlace,
} from "../engine/index.ts";
import { type NodeThread, startThread } from "./engine-threads.ts";

interface Addon extends CompiledKernels {
  /** Whether this processor has what the kernels were compiled for. */
  readonly supported: boolean;
  /** Whether it has products of bfloat16. */
  readonly bf16: boolean;
  address_of(bytes: Uint8Array): number;
}

/** The builds for each platform, the best first. */
const BUILDS: Readonly<Record<string, readonly string[]>> = {
  "linux-x64": ["linux-x64-avx512-bf16", "linux-x64-avx512", "linux-x64-avx2"],
  "linux-arm64": ["linux-arm64"],
  "darwin-x64": ["darwin-x64-avx2"],
  "darwin-arm64": ["darwin-arm64"],
  "win32-x64": ["win32-x64-avx512-bf16", "win32-x64-avx512", "win32-x64-avx2"],
};

/** What became of looking for a native build. */
export interface NativeChoice {
  /** The build that runs here, if any. */
  readonly build: string | undefined;
  /** Why, in a sentence. */
  readonly why: string;
}

/**
 * Finds the best build that this processor can run.
 *
 * @param wanted Only this one. @default any
 * @param folder Where the builds lie. @default the package's
 */
export function chooseNative(wanted?: string, folder: string = KERNELS): NativeChoice {
  const platform = `${process.platform}-${process.arch}`;
  const builds = (BUILDS[platform] ?? []).filter((build) => wanted === undefined || build === wanted);
  if (builds.length === 0) return { build: undefined, why: `There are no native kernels for ${platform}.` };
  const problems: string[] = [];
  for (const build of builds) {
    try {
      if (load(build, folder).supported) {
        return { build, why: [...problems, `This processor runs the kernels ${build}.`].join(" ") };
      }
      problems.push(`This processor cannot run ${build}.`);
    } catch (error) {
      const reason = error instanceof Error ? error.message.split("\n")[0] : String(error);
      problems.push(`${build} could not be loaded: ${reason}.`);
    }
  }
  return { build: undefined, why: problems.join(" ") };
}

/** A device on native kernels. @param build One that `chooseNative` gave. */
export function createNativeDevice(build: string, threads: number, worthThreads?: number): CompiledDevice {
  const addon = load(build);
  const memory = new WebAssembly.Memory({ initial: FIRST_PAGES, maximum: MOST_PAGES, shared: true });
  return new CompiledDevice({
    name: "native",
    kernels: addon,
    bf16: addon.bf16,
    memory,
    origin: originOf(addon, memory),
    threads,
    worthThreads,
    startThread: ({ stack: _, ...place }) => startThread({ kind: "native", build, place }),
  });
}

/** Computes as one thread of a native device until that is released. */
export function serveNative({ build, place }: Extract<NodeThread, { kind: "native" }>): void {
  const addon = load(build);
  serveTeam(addon, place, originOf(addon, place.memory));
}

const originOf = (addon: Addon, memory: TeamPlace["memory"]): number =>
  addon.address_of(new Uint8Array(memory.buffer));

// From src/ and from dist/ alike: both lie one folder below the package.
const KERNELS = fileURLToPath(new URL("../../src/engine/kernels/", import.meta.url));
const loadModule = createRequire(import.meta.url);

/** Loads a build, if it is whole: a part of a library would not fail, but end the process. */
function load(build: string, folder: string = KERNELS): Addon {
  const file = join(folder, `${build}.node`);
  const { artifacts } = JSON.parse(readFileSync(join(KERNELS, "artifacts.json"), "utf8")) as {
    artifacts: Readonly<Record<string, string>>;
  };
  const hash = createHash("sha256").update(readFileSync(file)).digest("hex");
  if (hash !== artifacts[`${build}.node`]) throw new Error(`${file} is damaged (install again to mend it)`);
  return loadModule(file) as Addon;
}
