import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createServer } from "./index.ts";
import { hostOf } from "./scripted-host.contract.ts";

const paths = ["/v1/chat/completions", "/v1/completions", "/v1/embeddings", "/v1/models/x", "/", "/health"];
const odd = fc.oneof(
  fc.jsonValue({ maxDepth: 2 }),
  fc.constantFrom(
    1e308,
    -1,
    0.5,
    "",
    "\u0000",
    "a".repeat(5000),
    [[]],
    {},
    { type: "json_schema" },
    "../../etc/passwd",
  ),
);
const names =
  "model messages prompt input n stream stream_options stop seed temperature top_p top_k logprobs top_logprobs max_tokens response_format logit_bias echo regex tool_choice truncation".split(
    " ",
  );
const message = fc.record({
  role: fc.oneof(fc.constantFrom("user", "assistant", "system", "tool"), odd),
  content: odd,
});
const bodies = fc.oneof(
  fc
    .record(
      { messages: fc.array(message, { maxLength: 4 }), prompt: fc.string(), input: fc.string() },
      { requiredKeys: [] },
    )
    .chain((base) =>
      fc.dictionary(fc.constantFrom(...names), odd).map((more) => JSON.stringify({ ...more, ...base })),
    ),
  fc.json(),
  fc.string(),
);

describe("whatever is asked", () => {
  it("is answered, never as a bug of the server's, and leaves nothing open", async () => {
    const errors: unknown[] = [];
    const { host } = hostOf({ contextWindow: 40 });
    const log = { error: (_: string, error: unknown) => void errors.push(error) };
    const server = createServer({ host, version: "1.2.3", log });
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...paths),
        fc.constantFrom("POST", "POST", "POST", "GET", "PUT"),
        bodies,
        async (path, method, body) => {
          const init = method === "GET" ? {} : { body };
          const headers = { "content-type": "application/json" };
          const response = await server.fetch(
            new Request(`http://localhost${path}`, { method, headers, ...init }),
          );
          const text = await response.text();
          expect(errors, text).toEqual([]);
          expect(response.status).toBeLessThan(500);
          if (response.status >= 400) expect(JSON.parse(text).error.code).toBeTypeOf("string");
        },
      ),
      { numRuns: 500 },
    );
    expect(host.opened.every((address) => address === "run:scripted")).toBe(true);
    const metrics = await (await server.fetch(new Request("http://localhost/metrics"))).text();
    for (const name of ["waiting", "streams"]) expect(metrics).toContain(`parrotlet_${name} 0\n`);
    await server.close();
    expect(host.holds).toBe(0);
  });
});
