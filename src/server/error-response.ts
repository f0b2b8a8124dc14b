import { toApiError } from "./api-error.ts";
import type { ServerContext } from "./context.ts";
import type { Exchange } from "./exchange.ts";

/** The response to an error. The log is told of what is not the client's mistake. */
export function errorResponse(error: unknown, context: ServerContext, exchange: Exchange): Response {
  const told = toApiError(error, exchange.id);
  if (told.status >= 500 && told.code !== "closing") context.log.error(exchange.id, told.cause ?? told);
  return told.response();
}
