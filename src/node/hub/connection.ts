import { setTimeout as sleep } from "node:timers/promises";
import { answerError, HubUnreachable } from "./answer-error.ts";
import type { HubReference } from "./reference.ts";
import type { HubSettings } from "./settings.ts";

export interface ConnectionOptions {
  readonly signal?: AbortSignal;
  /** Milliseconds before the second try; each further one waits twice as long. @default 1000 */
  readonly retryDelay?: number;
  /** Milliseconds without an answer, or without a further byte of it, after which a try counts as failed. @default 30000 */
  readonly patience?: number;
}

/** Tries that bring nothing, in a row, after which we give up. */
export const MOST_TRIES = 5;
/** The same where the system says that there is no network: a person is waiting. */
const MOST_TRIES_OFFLINE = 2;
/** Bytes of one page of a list. */
const MOST_JSON = 64 << 20;
/** Seconds that a server may ask us to wait. */
const LONGEST_WAIT = 60;

/** An answer that has begun. */
export interface OpenAnswer {
  readonly response: Response;
  /** The rest of it. @throws {HubUnreachable} when it breaks, or nothing comes for too long. */
  bytes(): AsyncGenerator<Uint8Array, void>;
  /** Breaks it off. */
  close(): void;
}

/** Requests about one dataset. The token goes to the Hub itself, and nowhere else. */
export class HubConnection {
  readonly settings: HubSettings;
  readonly reference: HubReference;
  readonly signal: AbortSignal | undefined;
  readonly #delay: number;
  readonly #patience: number;

  constructor(settings: HubSettings, reference: HubReference, options: ConnectionOptions = {}) {
    const { signal, retryDelay = 1000, patience = 30_000 } = options;
    this.settings = settings;
    this.reference = reference;
    this.signal = signal;
    this.#delay = retryDelay;
    this.#patience = patience;
  }

  /** `fetch` for whole answers: tried again where that may help, and with errors that say what to do. */
  readonly fetch: typeof fetch = async (input, init) => {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#whole(String(input), init?.headers);
      } catch (error) {
        if (!(error instanceof HubUnreachable)) throw error;
        if (attempt >= (error.isOffline ? MOST_TRIES_OFFLINE : MOST_TRIES)) throw error;
        await this.pause(attempt);
      }
    }
  };

  /** Waits before another try. */
  async pause(attempt: number): Promise<void> {
    await this.wait(this.#delay * 2 ** (attempt - 1));
  }

  /** @throws the reason of the signal when that comes first. */
  async wait(ms: number): Promise<void> {
    await sleep(ms, undefined, this.signal && { signal: this.signal }).catch(() => {});
    this.signal?.throwIfAborted();
  }

  /** One try of a request. @throws {HubUnreachable | ParrotletError} for all answers but success and 416. */
  async open(url: string, headers?: HeadersInit): Promise<OpenAnswer> {
    const all = new Headers(headers);
    all.delete("authorization");
    all.set("user-agent", "parrotlet");
    const { endpoint, token } = this.settings;
    // On a redirect to another host `fetch` itself takes this header away.
    if (token && new URL(url).origin === new URL(endpoint).origin)
      all.set("authorization", `Bearer ${token}`);
    const stop = new AbortController();
    const signal = this.signal ? AbortSignal.any([this.signal, stop.signal]) : stop.signal;
    const patiently = <T>(work: Promise<T>): Promise<T> => this.#patiently(work, stop);
    const response = await patiently(fetch(url, { headers: all, signal }));
    if (!response.ok && response.status !== 416) {
      const text = await patiently(firstOf(response)).catch(() => "");
      stop.abort();
      const wait = Math.min(LONGEST_WAIT, Number(response.headers.get("retry-after")) || 0);
      await this.wait(1000 * wait);
      throw answerError(response, { text, url, settings: this.settings, reference: this.reference });
    }
    async function* bytes(): AsyncGenerator<Uint8Array, void> {
      const reader = response.body?.getReader();
      try {
        while (reader) {
          const { done, value } = await patiently(reader.read());
          if (done) return;
          yield value;
        }
      } finally {
        stop.abort();
      }
    }
    return { response, bytes, close: () => stop.abort() };
  }

  async #whole(url: string, headers: HeadersInit | undefined): Promise<Response> {
    const { response, bytes } = await this.open(url, headers);
    const chunks: Uint8Array[] = [];
    let size = 0;
    for await (const chunk of bytes()) {
      size += chunk.length;
      if (size > MOST_JSON) throw new TypeError(`more than ${MOST_JSON} bytes`);
      chunks.push(chunk);
    }
    return new Response(Buffer.concat(chunks), { status: response.status, headers: response.headers });
  }

  async #patiently<T>(work: Promise<T>, stop: AbortController): Promise<T> {
    const timer = setTimeout(
      () => stop.abort(new HubUnreachable(`no answer for ${this.#patience / 1000} seconds`)),
      this.#patience,
    );
    try {
      return await work;
    } catch (cause) {
      this.signal?.throwIfAborted();
      throw HubUnreachable.because(cause);
    } finally {
      clearTimeout(timer);
    }
  }
}

type HeadersInit = ConstructorParameters<typeof Headers>[0];

/** The beginning of an answer, for a message. */
async function firstOf(response: Response): Promise<string> {
  const read = await response.body?.getReader().read();
  return new TextDecoder().decode(read?.value?.subarray(0, 1000));
}
