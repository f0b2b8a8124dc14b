import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatAddress, type ModelAddress, parseAddress } from "./address.ts";

describe("an address", () => {
  it.each<[string, ModelAddress]>([
    ["run:pip", { kind: "run", name: "pip", at: "best" }],
    ["run:pip@500", { kind: "run", name: "pip", at: "500" }],
    ["run:pip@000500", { kind: "run", name: "pip", at: "500" }],
    ["run:pip@newest", { kind: "run", name: "pip", at: "newest" }],
    ["starter:pip", { kind: "starter", name: "pip" }],
    ["folder:/a b/c", { kind: "folder", path: "/a b/c" }],
    ["hf:onnx-community/SmolLM", { kind: "hf", model: "onnx-community/SmolLM" }],
    ["hf:./out", { kind: "hf", model: "./out" }],
    ["gguf:C:\\models\\a.gguf", { kind: "gguf", path: "C:\\models\\a.gguf" }],
    [
      "openai:http://localhost:11434#llama3:8b",
      { kind: "openai", url: "http://localhost:11434/v1", model: "llama3:8b" },
    ],
    ["openai:https://a.b/api/v1/", { kind: "openai", url: "https://a.b/api/v1", model: undefined }],
    ["OpenAI:http://[::1]:8080/v1#a#b", { kind: "openai", url: "http://[::1]:8080/v1", model: "a#b" }],
    ["pip@500", { kind: "name", name: "pip@500" }],
    ["./a:b", { kind: "name", name: "./a:b" }],
    ["C:\\models\\pip", { kind: "name", name: "C:\\models\\pip" }],
  ])("%s", (text, address) => {
    expect(parseAddress(text)).toEqual(address);
    expect(parseAddress(formatAddress(address))).toEqual(address);
  });

  it.each([
    ["rum:pip", /Did you mean run:pip\?/],
    ["http://localhost:1234/v1", /Did you mean openai:http:\/\/localhost:1234\/v1\?/],
    ["ollama:llama3", /folder:PATH\. There are run:NAME/],
    ["run:", /After run: comes the name of a run/],
    ["run:pip@soon", /a step, best or newest, not "soon"/],
    ["openai:localhost:1234", /begins with http/],
    ["openai:ftp://a/v1", /begins with http/],
    ["openai:http://me:secret@a/v1", /no name, password/],
    ["", /no address/],
    ["run:a\nb", /no address/],
  ])("%j is refused", (text, message) => {
    const refused = expect.objectContaining({
      code: "bad-address",
      message: expect.stringMatching(message),
    });
    expect(() => parseAddress(text)).toThrow(refused);
  });

  it("never fails otherwise, and what is read is written as what is read", () => {
    const texts = fc.oneof(
      fc.string(),
      fc.string().map((rest) => `openai:http://${rest}`),
      fc.tuple(fc.constantFrom("run:", "hf:", "gguf:"), fc.string()).map((parts) => parts.join("")),
    );
    fc.assert(
      fc.property(texts, (text) => {
        let address: ModelAddress;
        try {
          address = parseAddress(text);
        } catch (error) {
          expect(error).toMatchObject({ code: "bad-address" });
          return;
        }
        expect(parseAddress(formatAddress(address))).toEqual(address);
      }),
    );
  });
});
