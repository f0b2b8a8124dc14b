import { ParrotletError } from "../base/index.ts";
import { BusyError } from "../chat/index.ts";

/** The part of an answer that says what went wrong, as OpenAI's API has it. */
export interface ErrorBody {
  readonly error: {
    readonly message: string;
    readonly type: string;
    /** The field of the request that it is about: `messages[0].role`. */
    readonly param: string | null;
    readonly code: string | null;
  };
}

interface ApiErrorDetails {
  readonly code: string;
  readonly param?: string | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly cause?: unknown;
}

/** What a request is answered with instead of what it asked for. */
export class ApiError extends Error {
  override readonly name = "ApiError";
  readonly status: number;
  readonly code: string;
  readonly param: string | undefined;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, message: string, { code, param, headers = {}, cause }: ApiErrorDetails) {
    super(message, { cause });
    this.status = status;
    this.code = code;
    this.param = param;
    this.headers = headers;
  }

  /** @see https://platform.openai.com/docs/guides/error-codes */
  get type(): string {
    if (this.status === 401) return "authentication_error";
    if (this.status === 403) return "permission_error";
    if (this.status === 429) return "rate_limit_error";
    return this.status >= 500 ? "server_error" : "invalid_request_error";
  }

  get body(): ErrorBody {
    const { message, type, param = null, code } = this;
    return { error: { message, type, param, code } };
  }

  response(): Response {
    return Response.json(this.body, { status: this.status, headers: this.headers });
  }
}

/** A request that cannot be meant. */
export const refused = (message: string, param?: string, code = "invalid_value"): ApiError =>
  new ApiError(400, message, { code, param });

/** The client has gone; nobody reads this. The number is nginx's. */
export const clientGone = (): ApiError =>
  new ApiError(499, "The client closed the request.", { code: "client_closed_request" });

/** Errors whose message is fit for a client: status, and OpenAI's code where it has one. */
const KNOWN: Readonly<Record<string, readonly [status: number, code: string, param?: string]>> = {
  "prompt-too-long": [400, "context_length_exceeded", "messages"],
  "generation-config": [400, "invalid_value"],
  "no-chat-template": [400, "unsupported_value"],
  "unknown-character": [400, "unsupported_value"],
  unable: [400, "unsupported_value"],
  busy: [429, "rate_limit_exceeded"],
  "model-not-found": [404, "model_not_found", "model"],
  "bad-address": [404, "model_not_found", "model"],
  "backend-refused": [502, "backend_refused"],
};

/** Errors whose message names folders and URLs of this machine, which are nobody else's business. */
const PRIVATE: Readonly<Record<string, string>> = {
  "backend-down": "The server behind this model does not answer.",
  "backend-missing": "A package that this model needs is not installed on the server.",
  "out-of-memory": "There is not enough memory for this.",
};

/** A model may be behind another server, whose address is nobody else's business either. */
export const withoutUrls = (message: string): string =>
  message.replaceAll(/\bhttps?:\/\/[^\s"']+/g, "the server behind this model");

/** What a client is told of an error, whatever it is. What is not the client's mistake or known is a 500 without details. */
export function toApiError(error: unknown, id: string): ApiError {
  if (error instanceof ApiError) return error;
  if (error instanceof ParrotletError) {
    const [status, code, param] = KNOWN[error.code] ?? [];
    if (status !== undefined && code !== undefined) {
      const headers = error instanceof BusyError ? { "retry-after": String(error.retryAfter) } : {};
      return new ApiError(status, withoutUrls(error.message), { code, param, headers, cause: error });
    }
    const message = PRIVATE[error.code] ?? `The model could not be used (${error.code}). See log ${id}.`;
    return new ApiError(503, message, { code: error.code.replaceAll("-", "_"), cause: error });
  }
  const message = `An error of the server's own happened. Its log has the details, under ${id}.`;
  return new ApiError(500, message, { code: "internal", cause: error });
}
