import type { ChosenToken, ReplyEvent } from "../../chat/index.ts";
import { clientGone } from "../api-error.ts";

type ReplyEnd = Extract<ReplyEvent, { type: "end" }>;

/** What one of several replies has made since it was asked last. */
export interface Piece {
  readonly index: number;
  readonly text: string;
  readonly tokens: readonly ChosenToken[];
  /** With the last piece. */
  readonly end: ReplyEnd | undefined;
}

interface State {
  text: string;
  tokens: ChosenToken[];
  end: ReplyEnd | undefined;
  /** Its last piece was taken. */
  over: boolean;
}

/** Characters, and tokens with log-probabilities, that wait for the reader; a reply that has so many stops until they are taken. */
const MOST_WAITING = 16_384;
const MOST_TOKENS_WAITING = 512;

/**
 * Replies that are made at once, a little ahead of who reads them: what is ready together is taken together. When one fails or the
 * signal aborts, all end.
 */
export class Replies {
  readonly #states: State[];
  readonly #abort = new AbortController();
  readonly #onFirst: () => void;
  #error: { readonly error: unknown } | undefined;
  #started = false;
  #changed = new Gate();
  #taken = new Gate();
  /** Ends a pause. */
  #hurry: () => void = () => undefined;

  constructor(
    start: (signal: AbortSignal) => readonly AsyncGenerator<ReplyEvent, void>[],
    signal: AbortSignal,
    onFirst: () => void = () => undefined,
  ) {
    this.#onFirst = onFirst;
    const fail = (): void => this.#fail(signal.reason);
    const all = start(this.#abort.signal);
    this.#states = all.map(() => ({ text: "", tokens: [], end: undefined, over: false }));
    if (signal.aborted) fail();
    else signal.addEventListener("abort", fail);
    const pumps = all.map((events, index) => this.#pump(events, index));
    void Promise.all(pumps).then(() => signal.removeEventListener("abort", fail));
  }

  async #pump(events: AsyncGenerator<ReplyEvent, void>, index: number): Promise<void> {
    const state = this.#states[index];
    try {
      for await (const event of events) {
        if (this.#error || !state) break;
        add(state, event);
        if (this.ended) this.#hurry();
        this.#first();
        this.#changed.resolve();
        while (isFull(state) && !this.#error) await this.#taken.promise;
      }
    } catch (error) {
      this.#fail(error);
    }
  }

  #first(): void {
    if (this.#started) return;
    this.#started = true;
    this.#onFirst();
  }

  #fail(error: unknown): void {
    this.#error ??= { error };
    this.#abort.abort(error);
    this.#changed.resolve();
    this.#taken.resolve();
    this.#hurry();
  }

  /** Stops all: nobody reads them any more. */
  cancel(): void {
    if (!this.ended) this.#fail(clientGone());
  }

  /** Everything was made, or it will not be. */
  get ended(): boolean {
    return this.#error !== undefined || this.#states.every(({ end }) => end !== undefined);
  }

  /** So many milliseconds, or less where everything was made before. */
  pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#hurry = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  /** Until something is there to take, or an error. */
  async ready(): Promise<void> {
    while (!this.#error && !this.#states.some(hasMore)) {
      await this.#changed.promise;
      this.#changed = new Gate();
    }
  }

  /**
   * What was made since the last call; nothing where all is over.
   *
   * @throws What a backend threw, or the reason of the abort.
   */
  take(): Piece[] {
    const { error } = this.#error ?? {};
    if (this.#error) throw error;
    const pieces = this.#states.flatMap((state, index) => {
      if (state.over || !hasMore(state)) return [];
      const { text, tokens, end } = state;
      state.text = "";
      state.tokens = [];
      state.over = end !== undefined;
      return [{ index, text, tokens, end }];
    });
    this.#taken.resolve();
    this.#taken = new Gate();
    return pieces;
  }

  /** All pieces were taken. */
  get over(): boolean {
    return this.#states.every(({ over }) => over);
  }
}

/** Something that is waited for; `Promise.withResolvers` where Node 20 does not have it. */
class Gate {
  resolve: () => void = () => undefined;
  readonly promise: Promise<void> = new Promise((resolve) => {
    this.resolve = resolve;
  });
}

function add(state: State, event: ReplyEvent): void {
  if (event.type === "end") {
    state.end = event;
    return;
  }
  state.text += event.text;
  if (event.tokens) state.tokens.push(...event.tokens);
}

const hasMore = ({ text, tokens, end, over }: State): boolean =>
  !over && (text !== "" || tokens.length > 0 || end !== undefined);
const isFull = ({ text, tokens }: State): boolean =>
  text.length >= MOST_WAITING || tokens.length >= MOST_TOKENS_WAITING;
