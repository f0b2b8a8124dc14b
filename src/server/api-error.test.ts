import { describe, expect, it } from "vitest";
import { ParrotletError } from "../base/index.ts";
import { BackendDownError } from "../chat/index.ts";
import { ownError } from "./api/api-route.ts";
import { toApiError } from "./api-error.ts";
import type { Call } from "./route.ts";

describe("what a client is told of an error", () => {
  it("names no server behind this one, no folder, and nothing of a bug", () => {
    const url = "http://10.0.0.7:8080/v1";
    const errors = [
      new ParrotletError("backend-refused", `${url} refuses the request: "no".`),
      new ParrotletError("prompt-too-long", `${url} finds prompt and reply too long.`),
      new BackendDownError(url, "ECONNREFUSED"),
      new ParrotletError("damaged-file", "/home/ada/10.0.0.7/model.safetensors ends too early"),
      new ParrotletError("out-of-memory", "/home/ada/10.0.0.7/model.gguf does not fit into memory"),
      new Error(`read ${url}`),
    ].map((error) => toApiError(error, "req-1"));
    expect(errors.map(({ status }) => status)).toEqual([502, 400, 503, 503, 503, 500]);
    expect(errors[4]?.code).toBe("out_of_memory");
    for (const { message } of errors) expect(message).not.toMatch(/10\.0\.0\.7|ada/);
    expect(errors[0]?.message).toBe('the server behind this model refuses the request: "no".');
  });

  it("is as little in the server's own API", () => {
    const call = { exchange: { id: "req-1" }, params: {} } as unknown as Call;
    for (const code of ["backend-refused", "busy", "prompt-too-long", "unable", "out-of-memory", "other"]) {
      const told = ownError(new ParrotletError(code, "http://10.0.0.7:8080/v1 says no."), call);
      expect(told).toMatchObject({ code, message: expect.not.stringContaining("10.0.0.7") });
    }
  });
});
