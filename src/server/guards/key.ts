import { ApiError } from "../api-error.ts";

/** What is kept of a key: its SHA-256. */
export const hashKey = async (key: string): Promise<Uint8Array> =>
  new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(key)));

/** Takes as long for any two hashes. */
function same(a: Uint8Array, b: Uint8Array): boolean {
  let difference = a.length ^ b.length;
  for (let index = 0; index < a.length; index++) difference |= (a[index] ?? 0) ^ (b[index] ?? 0);
  return difference === 0;
}

/**
 * Refuses who does not know the key.
 *
 * @throws {ApiError} 401.
 */
export async function checkKey(request: Request, hash: Uint8Array): Promise<void> {
  const [, key] = /^Bearer +(\S{1,1000})$/i.exec(request.headers.get("authorization") ?? "") ?? [];
  if (key !== undefined && same(await hashKey(key), hash)) return;
  const message =
    key === undefined
      ? "This server needs a key: send the header Authorization: Bearer KEY."
      : "The API key is not right.";
  const headers = { "www-authenticate": "Bearer" };
  throw new ApiError(401, message, { code: "invalid_api_key", headers });
}
