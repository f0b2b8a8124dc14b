import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { describeRandomGraphs } from "../engine/compile/random-graphs.contract.ts";
import { describeDevice } from "../engine/devices/device.contract.ts";
import { chooseNative, createNativeDevice } from "./native.ts";

const builds = ["linux-x64-avx512", "linux-x64-avx2", "linux-arm64", "darwin-x64-avx2", "darwin-arm64"];

describe("native kernels", () => {
  it("say what runs here, or why nothing does", () => {
    const { build, why } = chooseNative();
    expect(why).toMatch(
      build ? /This processor runs the kernels/ : /There are no|cannot run|could not be loaded/,
    );
    expect(chooseNative("plan9-mips")).toEqual({
      build: undefined,
      why: `There are no native kernels for ${process.platform}-${process.arch}.`,
    });
  });

  it("are not loaded from a file that is damaged or missing", () => {
    const { build } = chooseNative();
    if (!build) return;
    const folder = mkdtempSync(join(tmpdir(), "parrotlet-"));
    expect(chooseNative(build, folder)).toMatchObject({
      build: undefined,
      why: expect.stringMatching(/could not be loaded: ENOENT/),
    });
    const whole = readFileSync(new URL(`../engine/kernels/${build}.node`, import.meta.url));
    writeFileSync(join(folder, `${build}.node`), whole.subarray(0, whole.length / 2));
    expect(chooseNative(build, folder).why).toMatch(/could not be loaded: .* is damaged/);
  });
});

// Each build that runs here; a machine may have none.
for (const [index, build] of builds.filter((name) => chooseNative(name).build).entries()) {
  const create = async () => createNativeDevice(build, 1);
  describeDevice(build, create);
  describeRandomGraphs(build, create, index === 0 ? 1000 : 200);
}
