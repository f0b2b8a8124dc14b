import { randomBytes } from "node:crypto";
import { readFile, stat } from "node:fs/promises";
import { ParrotletError } from "../../base/index.ts";
import { hashKey } from "../../server/index.ts";
import { log } from "../log/log.ts";
import type { ServeOptions } from "../serve-options.ts";
import { printNote } from "../terminal.ts";
import type { ServerSettings } from "./said.ts";

const SHORTEST = 8;

type KeyOptions = Pick<ServeOptions, "apiKey" | "apiKeyFile" | "json">;
type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The hash of the key that clients must send: of a flag, else of `PARROTLET_API_KEY`, else of the settings (a file, or the variable that
 * they name). Without one, nothing, which only addresses of this machine may do.
 *
 * @param host The address to listen on.
 * @throws {ParrotletError} `key-needed`, `key-invalid`.
 */
export async function keyHashOf(
  options: KeyOptions,
  settings: ServerSettings["server"],
  host: string,
  env: Environment,
): Promise<Uint8Array | undefined> {
  if (options.apiKey !== undefined) process.title = "parrotlet serve"; // hides the key from who lists processes
  const key = await keyOf(options, settings, env);
  if (key === undefined) {
    if (isLoopback(host)) return undefined;
    const example = `PARROTLET_API_KEY=${randomBytes(16).toString("hex")} parrotlet serve --host ${host}`;
    const message = `Who can reach ${host} could use your models, so that a key is needed there. For example: ${example}`;
    throw new ParrotletError("key-needed", message);
  }
  if (key.length >= SHORTEST && /^[\x21-\x7e]{1,1000}$/.test(key)) return hashKey(key);
  const message = `The API key has ${key.length} characters; it must have ${SHORTEST} to 1000 letters, digits and signs, without spaces.`;
  throw new ParrotletError("key-invalid", message);
}

async function keyOf(
  { apiKey, apiKeyFile, json = false }: KeyOptions,
  { keyFile, key: variable }: ServerSettings["server"],
  env: Environment,
): Promise<string | undefined> {
  if (apiKeyFile !== undefined) return keyIn(apiKeyFile, json);
  if (apiKey !== undefined) return apiKey;
  if (env["PARROTLET_API_KEY"]) return env["PARROTLET_API_KEY"];
  if (keyFile !== undefined) return keyIn(keyFile, json);
  if (variable === undefined) return undefined;
  const key = env[variable]?.trim();
  if (key) return key;
  // Who wanted a key gets no server without one.
  const message = `The settings say that the API key is in the variable ${variable}, which is not set.`;
  throw new ParrotletError("key-invalid", message);
}

async function keyIn(file: string, json: boolean): Promise<string> {
  try {
    const [line = ""] = (await readFile(file, "utf8")).split(/\r?\n/);
    await warnOfReaders(file, json);
    return line.trim();
  } catch (cause) {
    throw new ParrotletError("key-invalid", `The file of the API key cannot be read: ${file}`, { cause });
  }
}

/** Permissions of the group and of all others to read. */
const OTHERS_READ = 0o044;

async function warnOfReaders(file: string, json: boolean): Promise<void> {
  if (process.platform === "win32") return; // its modes say nothing
  const { mode } = await stat(file);
  if ((mode & OTHERS_READ) === 0) return;
  const message = `Others on this machine can read the file of the API key. Only you: chmod 600 ${file}`;
  log.warning(message);
  if (!json) printNote(message);
}

/** Whether only this machine can reach an address. */
export const isLoopback = (host: string): boolean =>
  /^(localhost|127\.\d+\.\d+\.\d+|::1|\[::1\])$/i.test(host);
