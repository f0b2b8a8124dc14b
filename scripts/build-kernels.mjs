/**
 * Builds the kernels: `instructions.h` from `instructions.ts`, then the WebAssembly modules from C.
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
  "-fno-builtin",
  "-fno-strict-aliasing",
  "-ffreestanding",
  "-Wall",
  "-Wextra",
];
const wasm = [
  ...["--target=wasm32", "-msimd128", "-nostdlib", "-fvisibility=hidden"],
  ...[
    "-Wl,--no-entry",
    "-Wl,--import-memory",
    "-Wl,--strip-all",
    "-Wl,--stack-first",
    "-Wl,-z,stack-size=65536",
  ],
  "-Wl,--export=__heap_base",
];
const artifacts = {
  "parrotlet.wasm": wasm,
  "parrotlet-relaxed.wasm": [...wasm, "-mrelaxed-simd"],
};

const snake = (name) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
const pascal = (name) => name[0].toUpperCase() + name.slice(1);

/** Kernels whose plain names C has taken. */
const functionOf = (kernel) => ({ store: "store_step" })[kernel] ?? snake(kernel);

async function header() {
  const source = readFileSync(join(folder, "instructions.ts"), "utf8");
  const { outputText } = ts.transpileModule(source, {
    compilerOptions: { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2023 },
  });
  const scratch = mkdtempSync(join(tmpdir(), "parrotlet-"));
  const module = join(scratch, "instructions.mjs");
  writeFileSync(module, outputText);
  const { instructions, kernels, fieldsOf } = await import(pathToFileURL(module).href);
  rmSync(scratch, { recursive: true });
  const types = { input: "Tensor", output: "Tensor", integer: "int32_t", float: "float" };
  const structs = kernels.map((kernel) => {
    const fields = fieldsOf(kernel).map(({ name, part, optional, shape }) => {
      const comment = shape ? ` /* ${shape}${optional ? ", or absent" : ""} */` : "";
      return `  ${types[part]} ${snake(name)};${comment}`;
    });
    return `/* ${instructions[kernel].about} */\ntypedef struct {\n${fields.join("\n")}\n} ${pascal(kernel)};\n`;
  });
  const cases = kernels.map(
    (kernel, opcode) =>
      `  case ${opcode}: ${functionOf(kernel)}((const ${pascal(kernel)} *)arguments, &context); break;`,
  );
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

function build(name, flags) {
  const scratch = mkdtempSync(join(tmpdir(), "parrotlet-"));
  const to = join(scratch, name);
  const arguments_ = [...common, ...flags, "-o", to, "program.c"];
  const { status, error } = spawnSync(compiler, arguments_, { cwd: folder, stdio: "inherit" });
  if (error)
    throw new Error(
      `${compiler} could not be started: ${error.message}. On Debian: apt-get install clang-19 lld-19`,
    );
  if (status !== 0) throw new Error(`${compiler} failed on ${name}`);
  const bytes = readFileSync(to);
  rmSync(scratch, { recursive: true });
  return bytes;
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
  for (const [name, bytes] of built) {
    writeFileSync(join(folder, name), bytes);
    process.stdout.write(`${name} ${bytes.length} bytes\n`);
  }
  const hashes = Object.fromEntries(built.map(([name, bytes]) => [name, sha256(bytes)]));
  const manifest = { compiler: compilerVersion(), sources: hashOfSources(generated), artifacts: hashes };
  writeFileSync(manifestFile, `${JSON.stringify(manifest, null, 2)}\n`);
}
