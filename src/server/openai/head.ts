import type { ServerContext } from "../context.ts";
import type { ServedModel } from "../served-models.ts";
import type { AnswerHead } from "./chat-shape.ts";

/** The head of an answer; its fingerprint changes with the program and the model, since then the same seed may give another reply. */
export const headOf = (context: ServerContext, prefix: string, model: ServedModel): AnswerHead => ({
  id: `${prefix}${context.ids()}`,
  created: Math.floor(context.clock() / 1000),
  model: model.id,
  system_fingerprint: `fp_${hashOf(`${context.version} ${model.address} ${model.createdAt ?? ""}`)}`,
});

/** FNV-1a, 32 bits. */
function hashOf(text: string): string {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return (hash >>> 0).toString(16).padStart(8, "0");
}
