/**
 * Builds the kernels: `instructions.h` from `instructions.ts`, then from C the WebAssembly modules and the addons for Node.
 *
 *     node scripts/build-kernels.mjs           rebuild; needs clang-19 and lld-19
 *     node scripts/build-kernels.mjs --check   fail when a source and an artifact disagree
 *
 * `artifacts.json` records the hash of the sources and of each artifact, so that the check needs no compiler; where the one
 * that built them is installed, it also rebuilds and compares the bytes.
 */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import ts from "typescript";

const folder = fileURLToPath(new URL("../src/engine/kernels/", import.meta.url));
const compiler = process.env.CLANG ?? "clang-19";
const common = [
  "-std=c17",
  "-O3",
  "-ffp-contract=off",
  "-fno-inline-functions",
  "-fno-builtin",
  "-fno-math-errno",
  "-fno-strict-aliasing",
  "-ffreestanding",
  "-Wall",
  "-Wextra",
];
// For size: a fifth less. Products are as fast, since their tiles are unrolled by name; attention is slower by a twentieth.
const wasm = [
  "-Os",
  ...["--target=wasm32", "-msimd128", "-matomics", "-mbulk-memory", "-nostdlib", "-fvisibility=hidden"],
  ...[
    "-Wl,--no-entry",
    "-Wl,--import-memory",
    "-Wl,--strip-all",
    "-Wl,--stack-first",
    "-Wl,-z,stack-size=65536",
  ],
  ...["-Wl,--max-memory=4294967296", "-Wl,--export=__heap_base", "-Wl,--export=__stack_pointer"],
];
/** What each file is made of: sources, the flags that compile them, and those that link them. */
const modules = {
  "parrotlet.wasm": { link: wasm },
  "parrotlet-relaxed.wasm": { link: [...wasm, "-mrelaxed-simd"] },
};

/** An addon: kernels for one kind of processor, and around them code that runs on any, to ask what this one is. */
const addon = (target, { kernels = [], node = [], link }) => ({
  target: `--target=${target}`,
  kernels: [...shared(target), ...kernels],
  node: [...shared(target), ...node],
  link: ["-nostdlib", ...link],
});
const shared = (target) => ["-fvisibility=hidden", ...(target.includes("windows") ? [] : ["-fPIC"])];
const avx2 = ["-march=x86-64-v3"];
const avx512 = ["-march=x86-64-v4", "-mprefer-vector-width=512"];
const bf16 = [...avx512, "-mavx512bf16"];
const elf = ["-shared", "-fuse-ld=lld", "-Wl,--strip-all", "-Wl,--build-id=none"];
const mach = ["-bundle", "-fuse-ld=lld", "-Wl,-undefined,dynamic_lookup", "-Wl,-x", "-Wl,-no_uuid"];
const windows = ["-shared", "-fuse-ld=lld", "-Wl,-noentry", "-Wl,-Brepro", "-Wl,-nodefaultlib"];
const addons = {
  "linux-x64-avx512-bf16.node": addon("x86_64-linux-gnu", {
    kernels: bf16,
    node: ["-DWIDE", "-DBF16"],
    link: elf,
  }),
  "linux-x64-avx512.node": addon("x86_64-linux-gnu", { kernels: avx512, node: ["-DWIDE"], link: elf }),
  "linux-x64-avx2.node": addon("x86_64-linux-gnu", { kernels: avx2, link: elf }),
  "linux-arm64.node": addon("aarch64-linux-gnu", { link: elf }),
  "darwin-x64-avx2.node": addon("x86_64-apple-macos11", { kernels: avx2, link: mach }),
  "darwin-arm64.node": addon("arm64-apple-macos11", { link: mach }),
  "win32-x64-avx512-bf16.node": addon("x86_64-pc-windows-msvc", {
    kernels: bf16,
    node: ["-DWIDE", "-DBF16"],
    link: windows,
  }),
  "win32-x64-avx512.node": addon("x86_64-pc-windows-msvc", {
    kernels: avx512,
    node: ["-DWIDE"],
    link: windows,
  }),
  "win32-x64-avx2.node": addon("x86_64-pc-windows-msvc", { kernels: avx2, link: windows }),
};
const artifacts = { ...modules, ...addons };

const snake = (name) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
const pascal = (name) => name[0].toUpperCase() + name.slice(1);

/** Kernels whose plain names C has taken. */
const functionOf = (kernel) => ({ store: "store_step" })[kernel] ?? snake(kernel);

async function header() {
  const scratch = mkdtempSync(join(tmpdir(), "parrotlet-"));
  for (const name of ["instructions", "kernel"]) {
    const { outputText } = ts.transpileModule(readFileSync(join(folder, `${name}.ts`), "utf8"), {
      compilerOptions: { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2023 },
    });
    writeFileSync(
      join(scratch, `${name}.mjs`),
      outputText.replace('./instructions.ts"', './instructions.mjs"'),
    );
  }
  const load = (name) => import(pathToFileURL(join(scratch, `${name}.mjs`)).href);
  const [{ instructions }, { kernels, fieldsOf }] = [await load("instructions"), await load("kernel")];
  rmSync(scratch, { recursive: true });
  const types = { input: "Tensor", output: "Tensor", integer: "int32_t", float: "float" };
  const structs = kernels.map((kernel) => {
    const fields = fieldsOf(kernel).map(({ name, part, optional, shape }) => {
      const comment = shape ? ` /* ${shape}${optional ? ", or absent" : ""} */` : "";
      return `  ${types[part]} ${snake(name)};${comment}`;
    });
    return `/* ${instructions[kernel].about} */\ntypedef struct {\n${fields.join("\n")}\n} ${pascal(kernel)};\n`;
  });
  const cases = kernels.map((kernel, opcode) => {
    const call = `${functionOf(kernel)}((const ${pascal(kernel)} *)arguments, &run);`;
    const next = instructions[kernel].apart ? " if (i < length && code[i] == kernel) continue;" : "";
    return `  case ${opcode}: ${call}${next} break;`;
  });
  return [
    "/* Generated from instructions.ts by scripts/build-kernels.mjs. */",
    "#pragma once\n#include <stdint.h>\n",
    "/* The offset of a tensor's first word in the arena; -1 where it is absent. */\ntypedef int32_t Tensor;\n",
    ...structs,
    `#define DISPATCH \\\n${cases.join(" \\\n")}\n`,
  ].join("\n");
}

const sha256 = (bytes) => createHash("sha256").update(bytes).digest("hex");

function hashOfSources(generated) {
  const hash = createHash("sha256");
  for (const name of readdirSync(folder).sort()) {
    if (!/\.[ch]$/.test(name)) continue;
    hash.update(`${name}\n`).update(name === "instructions.h" ? generated : readFileSync(join(folder, name)));
  }
  return hash.update(JSON.stringify([common, artifacts])).digest("hex");
}

function run(command, ...arguments_) {
  const { status, error } = spawnSync(command, arguments_.flat(), { cwd: folder, stdio: "inherit" });
  if (error)
    throw new Error(
      `${command} could not be started: ${error.message}. On Debian: apt-get install clang-19 lld-19 llvm-19`,
    );
  if (status !== 0) throw new Error(`${command} failed: ${arguments_.flat().join(" ")}`);
}

function build(name, { target, kernels, node, link }) {
  const scratch = mkdtempSync(join(tmpdir(), "parrotlet-"));
  const [to, object] = [join(scratch, name), (part) => join(scratch, `${part}.o`)];
  if (!target) {
    run(compiler, common, link, ["-o", to, "program.c"]);
  } else {
    run(compiler, target, common, kernels, ["-c", "program.c", "-o", object("kernels")]);
    run(compiler, target, common, node, [`-I${nodeHeaders}/include`, "-c", "addon.c", "-o", object("addon")]);
    const libraries = target.includes("windows")
      ? [nodeLibrary(scratch), importLibrary(scratch, "kernel32.dll", ["SwitchToThread"])]
      : [];
    run(compiler, target, link, [object("kernels"), object("addon"), ...libraries, "-o", to]);
  }
  const bytes = readFileSync(to);
  rmSync(scratch, { recursive: true });
  return bytes;
}

const nodeHeaders = fileURLToPath(new URL("../node_modules/node-api-headers", import.meta.url));

/** What node.exe exports, for a linker on Windows. */
function nodeLibrary(scratch) {
  const names = ["js_native_api", "node_api"]
    .flatMap((part) => readFileSync(join(nodeHeaders, "def", `${part}.def`), "utf8").split("\n"))
    .filter((line) => /^\s*napi_/.test(line));
  return importLibrary(scratch, "node.exe", [...new Set(names)]);
}

function importLibrary(scratch, from, names) {
  const [library, definition] = [join(scratch, `${from}.lib`), join(scratch, `${from}.def`)];
  writeFileSync(definition, `NAME ${from}\nEXPORTS\n${names.join("\n")}\n`);
  run(compiler.replace("clang", "llvm-dlltool"), ["-m", "i386:x86-64", "-d", definition, "-l", library]);
  return library;
}

/** What the compiler calls itself; other versions make other bytes. */
const compilerVersion = () => spawnSync(compiler, ["--version"], { encoding: "utf8" }).stdout?.split("\n")[0];

const generated = await header();
const manifestFile = join(folder, "artifacts.json");
if (process.argv.includes("--check")) {
  const manifest = JSON.parse(readFileSync(manifestFile, "utf8"));
  const stale = [];
  if (readFileSync(join(folder, "instructions.h"), "utf8") !== generated) stale.push("instructions.h");
  if (manifest.sources !== hashOfSources(generated))
    stale.push("the sources, since the artifacts were built");
  const canBuild = compilerVersion() === manifest.compiler;
  for (const [name, flags] of Object.entries(artifacts)) {
    const found = readFileSync(join(folder, name));
    if (manifest.artifacts[name] !== sha256(found)) stale.push(name);
    else if (canBuild && !build(name, flags).equals(found))
      stale.push(`${name}, which builds to other bytes`);
  }
  if (stale.length > 0) {
    process.stderr.write(`Changed: ${stale.join("; ")}. Run node scripts/build-kernels.mjs.\n`);
    process.exit(1);
  }
} else {
  writeFileSync(join(folder, "instructions.h"), generated);
  const built = Object.entries(artifacts).map(([name, flags]) => [name, build(name, flags)]);
  for (const [name, bytes] of built) writeFileSync(join(folder, name), bytes);
  const hashes = Object.fromEntries(built.map(([name, bytes]) => [name, sha256(bytes)]));
  const manifest = { compiler: compilerVersion(), sources: hashOfSources(generated), artifacts: hashes };
  writeFileSync(manifestFile, `${JSON.stringify(manifest, null, 2)}\n`);
  for (const [name, bytes] of built) process.stdout.write(`${name} ${bytes.length} bytes\n`);
}
