import { ParrotletError, shortened, shown } from "../../base/index.ts";
import { BackendDownError, BusyError, UnableError } from "../../chat/index.ts";
import { SseReader } from "./sse.ts";

/** An answer that is read as a whole may be so large. */
const MOST_BYTES = 1 << 26;

type Fields = Readonly<Record<string, unknown>>;

/** A JSON object's fields; none of what is no object. */
export const fieldsOf = (value: unknown): Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Fields) : {};

export const textOf = (value: unknown): string => (typeof value === "string" ? value : "");

/** An abort that is ours: nothing came for too long. */
class SilenceError extends Error {}

const KEY_RULE =
  "The key of a server is in the variable that its entry in parrotlet.yaml names: docs/settings.md.";

export interface OpenAiClientOptions {
  /** Of the API: `http://localhost:11434/v1`. */
  readonly url: string;
  /** Sent as a bearer token; never part of a message. @default undefined: none */
  readonly key?: string | undefined;
  /** Milliseconds that may pass without a byte. A server may have to load its model first. @default 120_000 */
  readonly timeout?: number | undefined;
}

/** Requests to one OpenAI-compatible server. */
export class OpenAiClient {
  readonly url: string;
  readonly #key: string | undefined;
  readonly #timeout: number;

  /** @throws {ParrotletError} `backend-refused` for a key that no header can hold. */
  constructor({ url, key, timeout = 120_000 }: OpenAiClientOptions) {
    this.url = url;
    this.#key = key || undefined;
    this.#timeout = timeout;
    if (key && !/^[\x21-\x7e]{1,4096}$/.test(key))
      throw new ParrotletError("backend-refused", `The key for ${url} has spaces or other characters.`);
  }

  /** The JSON that a path answers. @param timeout As the client's. */
  async json(path: string, body?: Fields, signal?: AbortSignal, timeout = this.#timeout): Promise<unknown> {
    const request = this.#watch(signal, timeout);
    try {
      const response = await this.#fetch(path, body, request.signal);
      const text = await wholeText(response, request.heard);
      return JSON.parse(text) as unknown;
    } catch (error) {
      throw this.#explained(error, request.signal);
    } finally {
      request.end();
    }
  }

  /**
   * The objects that a path streams, up to its `[DONE]`; a server that does not stream gives one. Returns whether the end was told.
   * Leaving early closes the connection.
   */
  async *stream(path: string, body: Fields, signal: AbortSignal): AsyncGenerator<Fields, boolean> {
    const request = this.#watch(signal, this.#timeout);
    try {
      const response = await this.#fetch(path, body, request.signal);
      if (/\bjson\b/.test(response.headers.get("content-type") ?? "")) {
        yield fieldsOf(JSON.parse(await wholeText(response, request.heard)));
        return true;
      }
      const [reader, decoder] = [new SseReader(), new TextDecoder()];
      for await (const bytes of response.body ?? []) {
        request.heard();
        for (const data of reader.push(decoder.decode(bytes, { stream: true }))) {
          if (data.trim() === "[DONE]") return true;
          const chunk = fieldsOf(JSON.parse(data));
          if (chunk["error"] !== undefined) throw this.#refusal(500, chunk, path, response.headers);
          yield chunk;
        }
      }
      return false;
    } catch (error) {
      throw this.#explained(error, request.signal);
    } finally {
      request.end();
    }
  }

  async #fetch(path: string, body: Fields | undefined, signal: AbortSignal): Promise<Response> {
    const response = await fetch(`${this.url}${path}`, {
      method: body ? "POST" : "GET",
      headers: {
        accept: "application/json, text/event-stream",
        ...(body && { "content-type": "application/json" }),
        ...(this.#key && { authorization: `Bearer ${this.#key}` }),
      },
      ...(body && { body: JSON.stringify(body) }),
      signal,
    });
    if (response.ok) return response;
    const text = await wholeText(response, () => {}).catch(() => "");
    throw this.#refusal(response.status, parsed(text), path, response.headers);
  }

  /** A signal that the caller, or silence, aborts; `end` closes the connection. */
  #watch(signal: AbortSignal | undefined, timeout: number) {
    const controller = new AbortController();
    const tell = (): void => controller.abort(signal?.reason);
    if (signal?.aborted) tell();
    signal?.addEventListener("abort", tell, { once: true });
    const silence = (): void => controller.abort(new SilenceError(`nothing came for ${timeout / 1000} s`));
    let timer = setTimeout(silence, timeout);
    const heard = (): void => {
      clearTimeout(timer);
      timer = setTimeout(silence, timeout);
    };
    const end = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", tell);
      controller.abort();
    };
    return { signal: controller.signal, heard, end };
  }

  #explained(error: unknown, signal: AbortSignal): unknown {
    if (error instanceof ParrotletError) return error;
    const down = (why: string): Error => new BackendDownError(this.url, why, { cause: error });
    if (signal.reason instanceof SilenceError) return down(signal.reason.message);
    if (signal.aborted) return error;
    if (error instanceof SyntaxError) return down("what it answers is not JSON");
    // `fetch failed` says nothing; its cause does.
    const { code, message = "" } = ((error as Error).cause ?? {}) as { code?: string; message?: string };
    return down(code ?? (message || (error as Error).message));
  }

  #refusal(status: number, body: unknown, path: string, headers: Headers): Error {
    const { code, message } = complaintOf(body, status);
    const said = this.#said(message);
    const refuse = (name: string, text: string): Error => new ParrotletError(name, `${this.url} ${text}`);
    if (status === 401 || status === 403) return refuse("backend-refused", this.#keyless(said));
    if (TOO_LONG_CODE.test(code) || (status < 500 && TOO_LONG.test(message)))
      return refuse("prompt-too-long", `finds prompt and reply too long: ${said}.`);
    if (status === 429) return new BusyError(`${this.url} has too much to do: ${said}.`, retryAfter(headers));
    if (status === 404 && /model/i.test(`${code} ${message}`))
      return refuse("model-not-found", `does not have the model: ${said}. See what it has: parrotlet models`);
    const what = WHAT[path];
    if (what !== undefined && [404, 405, 501].includes(status))
      return new UnableError(this.url, what, `It says ${said}.`);
    if (status < 500) return refuse("backend-refused", `refuses the request: ${said}.`);
    return new BackendDownError(this.url, `it says ${said}`);
  }

  #said(message: string): string {
    return shown(this.#key ? shortened(message.replaceAll(this.#key, "***"), 300) : message);
  }

  #keyless(said: string): string {
    const why = this.#key ? "does not take the key" : "wants a key";
    return `${why}: ${said}. ${KEY_RULE}`;
  }
}

/** What a server says of what went wrong, in the shapes that servers have. */
function complaintOf(body: unknown, status: number): { code: string; message: string } {
  const fields = fieldsOf(body);
  const error = fieldsOf(fields["error"]);
  const messages = [error["message"], fields["error"], fields["message"], body].map(textOf);
  return {
    code: `${textOf(error["code"])} ${textOf(error["type"])}`,
    message: messages.find((message) => message !== "") ?? `status ${status}`,
  };
}

const TOO_LONG_CODE = /context_(length|size|window)|exceed_context/;
const TOO_LONG =
  /context (length|size|window)|maximum context|exceeds? the (available )?context|prompt is too long/i;

const WHAT: Readonly<Record<string, string>> = {
  "/chat/completions": "answer messages",
  "/completions": "go on with a text",
  "/embeddings": "turn texts into vectors",
};

function retryAfter(headers: Headers): number {
  const seconds = Number(headers.get("retry-after") ?? "");
  return seconds > 0 && seconds < 1e6 ? Math.ceil(seconds) : 1;
}

async function wholeText(response: Response, heard: () => void): Promise<string> {
  const decoder = new TextDecoder();
  let [text, size] = ["", 0];
  for await (const bytes of response.body ?? []) {
    heard();
    size += bytes.length;
    if (size > MOST_BYTES) throw new RangeError("an answer of more than 64 MiB");
    text += decoder.decode(bytes, { stream: true });
  }
  return text + decoder.decode();
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return { message: text.trim().slice(0, 300) };
  }
}
