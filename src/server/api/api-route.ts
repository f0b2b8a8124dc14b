import { ParrotletError, shown } from "../../base/index.ts";
import { BusyError } from "../../chat/index.ts";
import { ApiError, withoutUrls } from "../api-error.ts";
import type { Call, Route } from "../route.ts";

/** A route of the server's own API. */
export interface ApiRoute extends Route {
  /** Changes something that stays. @default false */
  readonly writes?: boolean | undefined;
  /** Bytes of a body, where others may not have so many. */
  readonly bodyBytes?: number | undefined;
}

/** Routes as the server takes them: their errors have the codes of `docs/errors.md`, and what writes is refused where nothing may. */
export const asRoutes = (routes: readonly ApiRoute[], readOnly: boolean): readonly Route[] =>
  routes.map(({ writes = false, bodyBytes, handle, ...route }) => ({
    ...route,
    handle: async (call) => {
      if (writes && readOnly) throw new ApiError(403, "This server changes nothing.", { code: "read-only" });
      try {
        return await handle(bodyBytes === undefined ? call : withBodyBytes(call, bodyBytes));
      } catch (error) {
        throw ownError(error, call);
      }
    },
  }));

const withBodyBytes = (call: Call, least: number): Call => {
  const { context } = call;
  const bodyBytes = Math.max(least, context.limits.bodyBytes);
  return { ...call, context: { ...context, limits: { ...context.limits, bodyBytes } } };
};

const STATUS: Readonly<Record<string, number>> = {
  "bad-name": 400,
  "conversation-invalid": 400,
  "generation-config": 400,
  "no-chat-template": 400,
  "prompt-too-long": 400,
  unable: 400,
  "unknown-character": 400,
  "bad-address": 404,
  "conversation-not-found": 404,
  "message-not-found": 404,
  "model-not-found": 404,
  "run-not-found": 404,
  "run-busy": 409,
  "run-damaged": 409,
  "session-busy": 409,
  busy: 429,
  "backend-refused": 502,
};

/** In place of messages that name folders of this machine. */
const PLAIN: Readonly<Record<string, (call: Call) => string>> = {
  "conversation-not-found": ({ params }) => `There is no conversation ${shown(params["id"] ?? "")}.`,
  "run-not-found": ({ params }) => `There is no run ${shown(params["name"] ?? "")}.`,
  "run-damaged": () => "Files of this run are missing or damaged.",
  "run-busy": () => "Another process is training this run.",
  "model-not-found": () => "There is no such model here. GET /api/models has all.",
  "bad-address": () => "There is no such model here. GET /api/models has all.",
  "out-of-memory": () => "There is not enough memory for this.",
  "backend-down": () => "The server behind this model does not answer.",
  "backend-missing": () => "A package that this model needs is not installed on the server.",
};

/** What a client of this API is told of an error. What is not known here is the server's to tell. */
export function ownError(error: unknown, call: Call): unknown {
  if (error instanceof ApiError) return error.code === "model_not_found" ? dashed(error) : error;
  if (!(error instanceof ParrotletError)) return error;
  const { code } = error;
  const plain = PLAIN[code]?.(call);
  const unknown = `It could not be done (${code}). See log ${call.exchange.id}.`;
  const message = plain ?? (code in STATUS ? withoutUrls(error.message) : unknown);
  const headers = error instanceof BusyError ? { "retry-after": String(error.retryAfter) } : {};
  return new ApiError(STATUS[code] ?? 503, message, { code, headers, cause: error });
}

const dashed = ({ status, message, param }: ApiError): ApiError =>
  new ApiError(status, message, { code: "model-not-found", param });
