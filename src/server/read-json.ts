import * as v from "valibot";
import { shown } from "../base/index.ts";
import { ApiError, refused } from "./api-error.ts";

export interface BodyLimits {
  /** Bytes of a body. @default 1 MiB */
  readonly bodyBytes: number;
  /** Lists and objects inside each other. @default 64 */
  readonly jsonDepth: number;
}

/**
 * A request's body: JSON that a schema describes.
 *
 * @throws {ApiError} 415 where it is no JSON by its type, 413 where it is too large, 400 where it is no UTF-8, no JSON, too deep or not as the
 * schema says.
 */
export async function readJson<T>(
  request: Request,
  schema: v.GenericSchema<unknown, T>,
  limits: BodyLimits,
): Promise<T> {
  checkType(request.headers.get("content-type"));
  const text = decoded(await readBytes(request, limits.bodyBytes));
  checkDepth(text, limits.jsonDepth);
  const value = parsed(text);
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw refused(`The body is ${shown(value)}; it must be a JSON object.`);
  return checked(schema, value);
}

/** A form of a foreign page can send anything but this type without asking, so that nothing else is taken. */
function checkType(type: string | null): void {
  const [essence = "", ...parameters] = (type ?? "").toLowerCase().split(";");
  const charset = parameters.map((each) => each.trim()).find((each) => each.startsWith("charset="));
  const unicode = charset === undefined || /^charset="?utf-?8"?$/.test(charset);
  if (essence.trim() === "application/json" && unicode) return;
  const message = `The content type is ${shown(type ?? "")}; it must be application/json, in UTF-8.`;
  throw new ApiError(415, message, { code: "unsupported_media_type" });
}

async function readBytes(request: Request, most: number): Promise<Uint8Array> {
  const tooLarge = (): ApiError =>
    new ApiError(413, `The body is larger than ${most} bytes.`, {
      code: "body_too_large",
      headers: { connection: "close" },
    });
  const told = request.headers.get("content-length");
  const length = told === null ? null : Number(told);
  if (length !== null && length > most) throw tooLarge();
  // Where its length is known, no stream of it need be made.
  if (length !== null && length >= 0) {
    const bytes = new Uint8Array(await request.arrayBuffer());
    if (bytes.length > most) throw tooLarge();
    return bytes;
  }
  if (!request.body) return new Uint8Array();
  const parts: Uint8Array[] = [];
  let count = 0;
  const reader = request.body.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    count += value.length;
    if (count > most) {
      void reader.cancel().catch(() => undefined);
      throw tooLarge();
    }
    parts.push(value);
  }
  const bytes = new Uint8Array(count);
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

function decoded(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new ApiError(400, "The body is not valid UTF-8.", { code: "invalid_utf8", cause });
  }
}

/** What a letter outside texts does to the depth. */
const DEPTHS: Readonly<Record<string, number>> = { "{": 1, "[": 1, "}": -1, "]": -1 };

/** Found before it is parsed: a parser that calls itself for each bracket could run out of stack. */
function checkDepth(text: string, most: number): void {
  let depth = 0;
  for (let at = 0, quoted = false; at < text.length; at++) {
    const letter = text[at] as string;
    if (quoted && letter === "\\") at++;
    else if (letter === '"') quoted = !quoted;
    else if (!quoted) depth += DEPTHS[letter] ?? 0;
    if (depth > most) throw refused(`The JSON is nested more than ${most} deep.`, undefined, "json_too_deep");
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message.slice(0, 120) : "";
    throw new ApiError(400, `The body is not JSON: ${why}`, { code: "invalid_json", cause });
  }
}

/**
 * A value that a schema describes. Of fields that it does not know, nothing is left.
 *
 * @throws {ApiError} 400, with the field.
 */
export function checked<T>(schema: v.GenericSchema<unknown, T>, value: unknown): T {
  const result = v.safeParse(schema, value, { abortPipeEarly: true });
  if (result.success) return result.output;
  const [issue] = result.issues;
  const at = pathOf(issue);
  const missing = issue.received === "undefined";
  const message = missing
    ? `${at || "The body"} is missing.`
    : `${at || "The body"} is ${shown(issue.input)}: ${sentence(issue.message)}`;
  throw refused(message, at || undefined, missing ? "missing_required_parameter" : "invalid_value");
}

/** Of a choice between several shapes, the issue that lies deepest is most likely the one that is meant. */
function pathOf(issue: v.BaseIssue<unknown>): string {
  const inner = (issue.issues ?? []).map(pathOf).sort((a, b) => b.length - a.length)[0] ?? "";
  const own = (issue.path ?? [])
    .map(({ key }) => (typeof key === "number" ? `[${key}]` : `.${String(key).slice(0, 40)}`))
    .join("")
    .replace(/^\./, "");
  return inner.length > own.length ? inner : own;
}

const sentence = (message: string): string => message.slice(0, 300);
