import { fieldsOf, type OpenAiClient } from "./openai-client.ts";

/** A model that a server says it has. */
export interface ServerModel {
  readonly id: string;
  readonly contextWindow: number | undefined;
  readonly parameters: number | undefined;
  /** ISO 8601. */
  readonly createdAt: string | undefined;
}

const MOST_MODELS = 1000;

/** Where servers tell how much a model sees: llama.cpp in `meta`, vLLM, LM Studio, and Parrotlet and others by plain names. */
const WINDOWS = [
  "n_ctx",
  "max_model_len",
  "loaded_context_length",
  "context_window",
  "context_length",
  "max_context_length",
  "n_ctx_train",
];

/** @param timeout Milliseconds without an answer. @default 10_000 @throws {ParrotletError} `backend-down`, `backend-refused`. */
export async function listServerModels(
  client: OpenAiClient,
  { timeout = 10_000, signal }: { readonly timeout?: number; readonly signal?: AbortSignal } = {},
): Promise<readonly ServerModel[]> {
  const { data } = fieldsOf(await client.json("/models", undefined, signal, timeout));
  if (!Array.isArray(data)) return [];
  return data.slice(0, MOST_MODELS).flatMap((entry) => {
    const fields = fieldsOf(entry);
    const { id, created, meta } = fields;
    if (typeof id !== "string" || id === "" || id.length > 1000 || /\p{Cc}/u.test(id)) return [];
    const all = { ...fields, ...fieldsOf(meta) };
    const contextWindow = WINDOWS.map((name) => all[name]).find(isCount);
    const parameters = isCount(all["n_params"]) ? all["n_params"] : undefined;
    const when = isCount(created) && created < 1e11 ? new Date(created * 1000).toISOString() : undefined;
    return [{ id, contextWindow, parameters, createdAt: when }];
  });
}

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) > 0;
