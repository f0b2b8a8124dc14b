import type { Conversation, HeldBackend } from "../../chat/index.ts";
import type { ServedModel, ServedModels } from "../served-models.ts";

/**
 * The model that is to answer: the one that is named, else the one that answered last in this conversation, if it is still there,
 * else the first.
 *
 * @throws {ApiError} 404 where the one that is named is not served.
 */
export async function openModel(
  models: ServedModels,
  named: string | undefined,
  { path }: Conversation,
): Promise<HeldBackend & { readonly model: ServedModel }> {
  const last = path.findLast(({ role }) => role === "assistant")?.model?.address;
  if (named !== undefined || last === undefined) return models.open(named);
  const there = await models.find(last).then(
    () => true,
    () => false,
  );
  return models.open(there ? last : undefined);
}
