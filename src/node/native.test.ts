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
});

// Each build that runs here; a machine may have none.
for (const [index, build] of builds.filter((name) => chooseNative(name).build).entries()) {
  const create = async () => createNativeDevice(build, 1);
  describeDevice(build, create);
  describeRandomGraphs(build, create, index === 0 ? 1000 : 200);
}
