import * as v from "valibot";
import { UnableError } from "../../chat/index.ts";
import { refused } from "../api-error.ts";
import { waitInLine } from "../generation/waiting.ts";
import type { Call } from "../route.ts";
import { MOST, whole } from "./request-parts.ts";

/** `POST /v1/embeddings` @see https://platform.openai.com/docs/api-reference/embeddings/create */
export interface EmbeddingRequest {
  readonly model?: string | null | undefined;
  readonly input: string | readonly (string | number | readonly number[])[];
  readonly encoding_format?: "float" | "base64" | null | undefined;
  readonly dimensions?: number | null | undefined;
}

const MOST_INPUTS = 2048;

export const embeddingRequest: v.GenericSchema<unknown, EmbeddingRequest> = v.object({
  model: v.nullish(v.pipe(v.string(), v.maxLength(MOST.id))),
  input: v.union([
    v.string(),
    v.pipe(
      v.array(v.union([v.string(), v.number(), v.array(v.number())])),
      v.nonEmpty("it must hold a text."),
      v.maxLength(MOST_INPUTS, `it may hold ${MOST_INPUTS} texts.`),
    ),
  ]),
  encoding_format: v.nullish(v.picklist(["float", "base64"], "it must be float or base64.")),
  dimensions: v.nullish(whole(1, 1_000_000)),
});

export async function createEmbeddings(call: Call, body: EmbeddingRequest): Promise<Response> {
  const { context, exchange } = call;
  const texts = (typeof body.input === "string" ? [body.input] : body.input).map((text) => {
    if (typeof text !== "string")
      throw refused("input holds token ids; send texts.", "input", "unsupported_value");
    if (text === "") throw refused("input holds an empty text.", "input");
    return text;
  });
  const { model, backend, release } = await context.models.open(body.model);
  exchange.onEnd(release);
  exchange.model = model.id;
  if (!backend.abilities.embeddings) throw new UnableError(backend.name, "make vectors of texts");
  waitInLine(call); // until it is answered: vectors are made at once, and would else have no bound
  const counts = await Promise.all(texts.map((text) => backend.countTextTokens(text)));
  const vectors = await backend.embed(texts, { signal: exchange.signal });
  const length = vectors[0]?.length ?? 0;
  if (typeof body.dimensions === "number" && body.dimensions !== length)
    throw refused(`The vectors of ${model.id} have ${length} dimensions, no other number.`, "dimensions");
  const tokens = counts.reduce((sum, each) => sum + each, 0);
  exchange.promptTokens = tokens;
  context.metrics.tokens.add({ model: model.id, kind: "prompt" }, tokens);
  return Response.json({
    object: "list",
    data: vectors.map((vector, index) => ({
      object: "embedding",
      index,
      embedding: body.encoding_format === "base64" ? base64(vector) : [...vector],
    })),
    model: model.id,
    usage: { prompt_tokens: tokens, total_tokens: tokens },
  });
}

/** 32-bit floats, the least byte first, as base64. */
function base64(vector: Float32Array): string {
  const bytes = new Uint8Array(4 * vector.length);
  const view = new DataView(bytes.buffer);
  vector.forEach((value, index) => {
    view.setFloat32(4 * index, value, true);
  });
  let text = "";
  for (let at = 0; at < bytes.length; at += 4096)
    text += String.fromCharCode(...bytes.subarray(at, at + 4096));
  return btoa(text);
}
