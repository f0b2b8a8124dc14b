import { describe, expect, it } from "vitest";
import { describeChatBackend } from "../../chat/backend.contract.ts";
import { generationConfig } from "../../generate/index.ts";
import { scriptedTransformer } from "./scripted-transformer.contract.ts";
import { bytesOfPiece } from "./token-pieces.ts";
import { openTransformersBackend, transformersBackend } from "./transformers.ts";
import { transformersLibrary } from "./transformers-library.ts";

describeChatBackend(
  "transformers, with a model that follows a script,",
  () => transformersBackend(scriptedTransformer(), "hf:a/b"),
  {
    message: "never 🦜 mind, é",
    reply: "é ,dnim 🦜 reven",
  },
);

const gather = async <T>(events: AsyncIterable<T>): Promise<T[]> => {
  const all: T[] = [];
  for await (const event of events) all.push(event);
  return all;
};

describe("transformers", () => {
  it("leaves turns to others: a reply that nobody reads on does not hold them up", async () => {
    const backend = await transformersBackend(scriptedTransformer(), "hf:a/b");
    const ask = () => backend.reply([{ role: "user", text: "abcdef" }], generationConfig());
    const stalled = [ask(), ask(), ask()];
    for (const reply of stalled) await reply.next();
    expect((await gather(ask())).at(-1)).toMatchObject({ finish: "stop" });
    const fourth = ask();
    await fourth.next();
    const fifth = gather(ask());
    await new Promise((done) => setTimeout(done, 5));
    await stalled[0]?.return(undefined);
    const end = (await fifth).at(-1);
    expect(end?.type === "end" && end.timing.queued).toBeGreaterThan(3);
  });

  it("ends those who wait when it is closed, and frees the model once", async () => {
    const loaded = scriptedTransformer();
    const backend = await transformersBackend(loaded, "hf:a/b");
    const ask = () => backend.reply([{ role: "user", text: "abcdef" }], generationConfig());
    const begun = [ask(), ask(), ask(), ask()];
    for (const reply of begun) await reply.next();
    const waiting = gather(ask());
    await new Promise((done) => setTimeout(done, 1));
    await backend.close();
    await backend.close();
    expect(loaded.disposed).toBe(true);
    expect(await waiting).toEqual([expect.objectContaining({ type: "end", finish: "aborted" })]);
  });

  it("knows a template that leaves the system message out, and refuses one", async () => {
    const backend = await transformersBackend(scriptedTransformer(), "hf:a/b");
    expect(backend.abilities).toMatchObject({ chat: true, system: false, history: true });
    const asked = gather(
      backend.reply(
        [
          { role: "system", text: "Be kind." },
          { role: "user", text: "Hi" },
        ],
        generationConfig(),
      ),
    );
    await expect(asked).rejects.toMatchObject({ code: "unable" });
  });

  it("takes a reply that has not got a letter yet as one to begin", async () => {
    const backend = await transformersBackend(scriptedTransformer(), "hf:a/b");
    const asked = { role: "user", text: "Hi" } as const;
    const begun = { role: "assistant", text: "" } as const;
    expect(await backend.countTokens([asked, begun])).toBe(await backend.countTokens([asked]));
    expect(await gather(backend.reply([asked, begun], generationConfig()))).toMatchObject([
      { text: "i" },
      { text: "H" },
      { finish: "stop" },
    ]);
  });

  it("says which package is missing, and what is wrong with one that is there", async () => {
    const without = transformersLibrary(() =>
      Promise.reject(new Error("Cannot find package '@huggingface/transformers' imported from /a.js")),
    );
    await expect(without).rejects.toMatchObject({
      code: "backend-missing",
      message: expect.stringContaining("npm install @huggingface/transformers"),
    });
    const broken = transformersLibrary(() => Promise.reject(new Error("libonnxruntime.so.1: cannot open")));
    await expect(broken).rejects.toMatchObject({ code: "backend-failed" });
  });

  it("names the forms of weights that there are", async () => {
    const opening = openTransformersBackend({ model: "a/b", dtype: "fp12" });
    await expect(opening).rejects.toMatchObject({
      code: "bad-dtype",
      message: expect.stringContaining("fp32, fp16, q8"),
    });
  });
});

describe("bytesOfPiece", () => {
  it.each([
    ["ĠcafÃ©", "bytes", " café"],
    ["▁two▁words", "words", " two words"],
    ["<0xF0>", "words", new Uint8Array([0xf0])],
    ["<0xF0>", "text", "<0xF0>"],
    ["日", "bytes", "日"],
  ] as const)("of %s as %s", (piece, form, wanted) => {
    const bytes = typeof wanted === "string" ? new TextEncoder().encode(wanted) : wanted;
    expect(bytesOfPiece(piece, form)).toEqual(bytes);
  });
});
