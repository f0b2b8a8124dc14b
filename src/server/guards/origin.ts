import { shown } from "../../base/index.ts";
import { ApiError } from "../api-error.ts";

/**
 * Whether a page of another origin asks, and may: that origin then, which CORS headers name. Programs that are no pages send no origin.
 *
 * @param allowed Origins (`https://chat.example.org`), or `*` for any.
 * @throws {ApiError} 403 where it may not.
 */
export function crossOrigin(request: Request, allowed: ReadonlySet<string>): string | undefined {
  const origin = request.headers.get("origin");
  if (origin === null || origin === new URL(request.url).origin) return undefined;
  if (allowed.has("*") || allowed.has(origin)) return origin;
  const message = `Pages of ${shown(origin)} may not use this server. Allow them with --cors ${shown(origin)}.`;
  throw new ApiError(403, message, { code: "origin_not_allowed" });
}

/** What a browser asks before it sends a request to another origin. */
export const isPreflight = (request: Request): boolean =>
  request.method === "OPTIONS" && request.headers.has("access-control-request-method");

/** Seconds for which a browser need not ask again. */
const MAX_AGE = "600";

export function preflightResponse(request: Request): Response {
  const asked = request.headers.get("access-control-request-headers") ?? "";
  const headers = /^[\w\-, ]{0,2000}$/.test(asked) ? asked : "";
  return new Response(null, {
    status: 204,
    headers: {
      "access-control-allow-methods": "GET, POST, PUT, PATCH, DELETE",
      "access-control-allow-headers": headers || "authorization, content-type",
      "access-control-max-age": MAX_AGE,
    },
  });
}

/** Lets a page of the origin read the response. */
export function allowOrigin(headers: Headers, origin: string): void {
  headers.set("access-control-allow-origin", origin);
  headers.append("vary", "origin");
  headers.set(
    "access-control-expose-headers",
    "x-request-id, x-parrotlet-dropped-messages, x-parrotlet-ignored, retry-after",
  );
}
