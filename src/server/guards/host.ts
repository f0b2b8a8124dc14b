import { shown } from "../../base/index.ts";
import { ApiError } from "../api-error.ts";

/** The name in a Host header, without its port: `[::1]:8080` is `[::1]`. */
export const hostName = (host: string): string => host.replace(/:\d*$/, "").replace(/\.$/, "").toLowerCase();

/**
 * Refuses requests that were meant for another name. A foreign page whose name is made to lead to this machine (DNS rebinding) counts
 * as the same origin to a browser; only its name tells that it is not.
 *
 * @throws {ApiError} 403.
 */
export function checkHost(request: Request, allowed: ReadonlySet<string>): void {
  const header = request.headers.get("host");
  const names = [new URL(request.url).host, ...(header === null ? [] : [header])].map(hostName);
  const foreign = names.find((name) => !allowed.has(name));
  if (foreign === undefined) return;
  const message = `This server does not answer to the name ${shown(foreign)}. Names are given with --allow-host.`;
  throw new ApiError(403, message, { code: "host_not_allowed" });
}
