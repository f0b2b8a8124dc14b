import { ApiError, clientGone } from "./api-error.ts";

/** A request that is being answered: what ends it, and what the log says of it when it is done. */
export class Exchange {
  readonly id: string;
  readonly started: number = performance.now();
  readonly #abort = new AbortController();
  readonly #timer: ReturnType<typeof setTimeout>;
  readonly #ended: (() => void)[] = [];
  readonly #request: Request;
  readonly #gone = (): void => {
    this.abort(clientGone());
    if (!this.#streaming) return; // who answers it will see that, and end it
    this.status = 499;
    this.end();
  };
  #streaming = false;
  #over = false;
  /** For the log: as in the OpenAPI document, or `unknown`. */
  route = "unknown";
  status = 0;
  model: string | undefined;
  promptTokens: number | undefined;
  completionTokens: number | undefined;
  asked: string | undefined;
  said: string | undefined;

  constructor(request: Request, id: string, seconds: number) {
    this.#request = request;
    this.id = id;
    const late = `The answer was not complete after ${seconds} s.`;
    this.#timer = setTimeout(() => this.abort(new ApiError(408, late, { code: "timeout" })), 1000 * seconds);
    if (request.signal.aborted) this.#gone();
    else request.signal.addEventListener("abort", this.#gone);
  }

  /** Aborted when the client has gone, when time is over and when the server closes; its reason is an `ApiError`. */
  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  abort(reason: ApiError): void {
    if (!this.#over) this.#abort.abort(reason);
  }

  /** Its answer is a stream that goes on after the response was given; who makes it calls `end`. */
  stream(): void {
    this.#streaming = true;
  }

  get streaming(): boolean {
    return this.#streaming;
  }

  onEnd(act: () => void): void {
    this.#ended.push(act);
  }

  /** Does nothing the second time. */
  end(): void {
    if (this.#over) return;
    this.#over = true;
    clearTimeout(this.#timer);
    this.#request.signal.removeEventListener("abort", this.#gone);
    for (const act of this.#ended) act();
  }
}
