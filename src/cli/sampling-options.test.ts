import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Command } from "commander";
import { afterAll, describe, expect, it } from "vitest";
import { type SamplingOptions, samplingConfig, withSamplingOptions } from "./sampling-options.ts";

const folder = mkdtempSync(join(tmpdir(), "parrotlet-sampling-"));
afterAll(() => rmSync(folder, { recursive: true }));

function parsed(...args: string[]) {
  const command = withSamplingOptions(new Command("say").argument("[model]"), "9")
    .exitOverride()
    .configureOutput({ writeErr: () => {} });
  command.parse(args, { from: "user" });
  return {
    model: command.args[0],
    config: samplingConfig("text", 9, { seed: 1, ...command.opts<SamplingOptions>() }),
  };
}

describe("the options of decoding", () => {
  it("set every control", () => {
    const { config } = parsed(
      ...["--min-p", "0.1", "--repetition-penalty", "1.2", "--frequency-penalty", "-0.5"],
      ...["--presence-penalty", "2", "--logit-bias", "7=-100", "--logit-bias", "3=2.5", "--top-k", "40"],
    );
    expect(config).toMatchObject({
      minP: 0.1,
      repetitionPenalty: 1.2,
      frequencyPenalty: -0.5,
      presencePenalty: 2,
      logitBias: { 7: -100, 3: 2.5 },
      topK: 40,
    });
  });

  it("take several stop sequences, and leave the model's name alone", () => {
    const { model, config } = parsed("--stop", "\\n", "--stop", "END", "pip");
    expect([model, config.stopSequences]).toEqual(["pip", ["\n", "END"]]);
  });

  it("win over settings, which win over what suits the model", () => {
    const settings = { temperature: 0.3, topK: 5, seed: 8 };
    const config = samplingConfig("text", 9, { topK: 6 }, settings);
    expect(config).toMatchObject({ temperature: 0.3, topK: 6, seed: 8, topP: 0.95, maxNewTokens: 9 });
  });

  it("take a format by name, as a pattern or from a file", () => {
    const schema = { type: "object" };
    writeFileSync(join(folder, "schema.json"), JSON.stringify(schema));
    expect(parsed("--format", "json").config.format).toEqual({ type: "json" });
    expect(parsed("--format", "/a|b/").config.format).toEqual({ type: "regex", pattern: "a|b" });
    expect(parsed("--format", join(folder, "schema.json")).config.format).toEqual({
      type: "json-schema",
      schema,
    });
  });

  it.each([
    [["--logit-bias", "a=1"], /a token's id, =, and a number/],
    [["--logit-bias", "1=101"], /from -100 to 100/],
    [["--logit-bias", "1=1e"], /from -100 to 100/],
    [["--min-p", "2"], /a number from 0 to 1/],
    [["--format", "none.json"], /there is no such file/],
    [["--format", tmpdir()], /cannot be read \(EISDIR\)/],
  ])("refuse %j", (args, message) => {
    expect(() => parsed(...args)).toThrow(message);
  });
});
