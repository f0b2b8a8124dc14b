import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { ParrotletError } from "../../base/index.ts";
import { hashKey } from "../../server/index.ts";
import type { ServeOptions } from "../serve-options.ts";

const SHORTEST = 8;

/**
 * The hash of the key that clients must send: of a file, the command line or the environment. Without one, nothing, which only
 * addresses of this machine may do.
 *
 * @throws {ParrotletError} `key-needed`, `key-invalid`.
 */
export async function keyHashOf(
  { apiKey, apiKeyFile, host = "127.0.0.1" }: ServeOptions,
  environment: string | undefined,
): Promise<Uint8Array | undefined> {
  if (apiKey !== undefined) process.title = "parrotlet serve"; // hides the key from who lists processes
  const key = apiKeyFile === undefined ? (apiKey ?? environment) : await keyIn(apiKeyFile);
  if (key === undefined || (key === "" && apiKey === undefined && apiKeyFile === undefined)) {
    if (isLoopback(host)) return undefined;
    const example = `PARROTLET_API_KEY=${randomBytes(16).toString("hex")} parrotlet serve --host ${host}`;
    const message = `Who can reach ${host} could use your models, so that a key is needed there. For example: ${example}`;
    throw new ParrotletError("key-needed", message);
  }
  if (key.length >= SHORTEST && /^[\x21-\x7e]{1,1000}$/.test(key)) return hashKey(key);
  const message = `The API key has ${key.length} characters; it must have ${SHORTEST} to 1000 letters, digits and signs, without spaces.`;
  throw new ParrotletError("key-invalid", message);
}

async function keyIn(file: string): Promise<string> {
  try {
    const [line = ""] = (await readFile(file, "utf8")).split(/\r?\n/);
    return line.trim();
  } catch (cause) {
    throw new ParrotletError("key-invalid", `The file of the API key cannot be read: ${file}`, { cause });
  }
}

/** Whether only this machine can reach an address. */
export const isLoopback = (host: string): boolean =>
  /^(localhost|127\.\d+\.\d+\.\d+|::1|\[::1\])$/i.test(host);
