import type { ChosenToken, ReplyEvent } from "../../chat/index.ts";
import { ApiError, toApiError } from "../api-error.ts";
import { errorResponse } from "../error-response.ts";
import type { Call } from "../route.ts";
import { DONE, type EventSource, eventOf, eventStream, SSE_HEADERS } from "../sse.ts";
import { type Piece, Replies } from "./replies.ts";
import { waitInLine } from "./waiting.ts";

/** What one of the replies came to, or a part of it. */
export interface Choice {
  readonly index: number;
  readonly text: string;
  readonly tokens: readonly ChosenToken[];
  readonly finish: "stop" | "length" | null;
}

export interface Usages {
  readonly prompt_tokens: number;
  readonly completion_tokens: number;
  readonly total_tokens: number;
}

/** How an API writes what was made. */
export interface AnswerShape {
  whole(choices: readonly Choice[], usage: Usages): unknown;
  /** `first` of its choice; a choice that ends may bring text, too. */
  chunks(choice: Choice, first: boolean): readonly unknown[];
  usageChunk(usage: Usages): unknown;
}

export interface AnswerPlan {
  readonly shape: AnswerShape;
  readonly model: string;
  /** The replies to be made at once: choices, in their order. */
  readonly start: (signal: AbortSignal) => readonly AsyncGenerator<ReplyEvent, void>[];
  /** Choices of the same prompt, whose tokens are counted once. @default 1 */
  readonly sharing?: number;
  readonly stream: boolean;
  readonly includeUsage: boolean;
  readonly headers: Readonly<Record<string, string>>;
}

/** Makes replies and answers with them, whole or as a stream. `release` is called when all is over. */
export async function answerWith(call: Call, plan: AnswerPlan): Promise<Response> {
  const { context, exchange } = call;
  const { metrics, limits } = context;
  const noLonger = waitInLine(call);
  const replies = new Replies(plan.start, exchange.signal, () => {
    noLonger();
    metrics.firstToken.observe({ model: plan.model }, (performance.now() - exchange.started) / 1000);
  });
  exchange.onEnd(() => replies.cancel());
  if (!plan.stream) return whole(call, plan, replies);
  // An error that comes at once is still told by its status.
  await before(replies.ready(), limits.headMs);
  const source = new ReplySource(call, plan, replies);
  exchange.stream();
  metrics.streams++;
  exchange.onEnd(() => {
    metrics.streams--;
  });
  return new Response(eventStream(source, limits.keepAliveMs), {
    headers: { ...SSE_HEADERS, ...plan.headers },
  });
}

async function whole(call: Call, plan: AnswerPlan, replies: Replies): Promise<Response> {
  const totals = new Totals(plan);
  const choices: { index: number; text: string; tokens: ChosenToken[]; finish: Choice["finish"] }[] = [];
  while (!replies.over) {
    await replies.ready();
    for (const piece of replies.take()) {
      const { index, text, tokens, finish } = totals.add(piece);
      choices[index] ??= { index, text: "", tokens: [], finish: null };
      const choice = choices[index];
      choice.text += text;
      choice.tokens.push(...tokens);
      choice.finish = finish;
    }
  }
  totals.tell(call);
  call.exchange.said = choices[0]?.text;
  return Response.json(plan.shape.whole(choices, totals.usage), { headers: plan.headers });
}

/** Milliseconds between two pieces of a stream, for each stream that there is, and the most: still ten times a second. */
const MS_OF_STREAM = 1;
const LONGEST_APART = 100;

/** Replies as Server-Sent Events. */
class ReplySource implements EventSource {
  readonly #call: Call;
  readonly #plan: AnswerPlan;
  readonly #replies: Replies;
  readonly #totals: Totals;
  readonly #begun = new Set<number>();
  #sent = Number.NEGATIVE_INFINITY;
  #over = false;

  constructor(call: Call, plan: AnswerPlan, replies: Replies) {
    this.#call = call;
    this.#plan = plan;
    this.#replies = replies;
    this.#totals = new Totals(plan);
  }

  async next(): Promise<string | undefined> {
    if (this.#over) {
      this.#call.exchange.end();
      return undefined;
    }
    try {
      await this.#replies.ready();
      await this.#gather();
      return this.#events();
    } catch (error) {
      this.#over = true;
      return this.#errorEvent(error);
    }
  }

  /**
   * What comes soon after a piece goes with what comes next, so that a fast model, or many streams, do not cost a write for each
   * token: so many streams share the time of one thread.
   */
  async #gather(): Promise<void> {
    const { limits, metrics } = this.#call.context;
    const apart = Math.max(limits.flushMs, Math.min(LONGEST_APART, metrics.streams * MS_OF_STREAM));
    const wait = this.#sent + apart - performance.now();
    if (wait > 0 && !this.#replies.ended) await this.#replies.pause(wait);
  }

  #events(): string {
    const { shape, includeUsage } = this.#plan;
    const chunks = this.#replies.take().flatMap((piece) => {
      const first = !this.#begun.has(piece.index);
      this.#begun.add(piece.index);
      return shape.chunks(this.#totals.add(piece), first);
    });
    this.#sent = performance.now();
    const events = chunks.map((chunk) => eventOf(chunk)).join("");
    if (!this.#replies.over) return events;
    this.#over = true;
    this.#totals.tell(this.#call);
    return `${events}${includeUsage ? eventOf(shape.usageChunk(this.#totals.usage)) : ""}${DONE}`;
  }

  #errorEvent(error: unknown): string {
    const { exchange, context } = this.#call;
    const { status } = errorResponse(error, context, exchange);
    exchange.status = status;
    return eventOf(toApiError(error, exchange.id).body);
  }

  cancel(): void {
    this.#call.exchange.status = 499;
    this.#call.exchange.end();
  }
}

/** Counts tokens, and says so where it is counted. */
class Totals {
  readonly #plan: AnswerPlan;
  #prompt = 0;
  #completion = 0;
  #said = "";

  constructor(plan: AnswerPlan) {
    this.#plan = plan;
  }

  add({ index, text, tokens, end }: Piece): Choice {
    if (index === 0 && this.#said.length < 4096) this.#said += text;
    if (!end) return { index, text, tokens, finish: null };
    if (index % (this.#plan.sharing ?? 1) === 0) this.#prompt += end.usage.promptTokens;
    this.#completion += end.usage.completionTokens;
    this.#eachToken =
      end.usage.completionTokens > 1
        ? (end.timing.total - end.timing.firstToken) / (end.usage.completionTokens - 1)
        : undefined;
    if (end.finish === "aborted")
      throw new ApiError(503, "The reply was stopped before its end.", { code: "aborted" });
    return { index, text, tokens, finish: end.finish };
  }

  #eachToken: number | undefined;

  get usage(): Usages {
    const [prompt, completion] = [this.#prompt, this.#completion];
    return { prompt_tokens: prompt, completion_tokens: completion, total_tokens: prompt + completion };
  }

  tell({ exchange, context }: Call): void {
    const { model } = this.#plan;
    exchange.promptTokens = this.#prompt;
    exchange.completionTokens = this.#completion;
    exchange.said = this.#said;
    context.metrics.tokens.add({ model, kind: "prompt" }, this.#prompt);
    context.metrics.tokens.add({ model, kind: "completion" }, this.#completion);
    if (this.#eachToken !== undefined) context.metrics.eachToken.observe({ model }, this.#eachToken / 1000);
  }
}

/** Until it is done, or so many milliseconds. */
export async function before(work: Promise<void>, ms: number): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<void>((done) => {
    timer = setTimeout(done, ms);
  });
  await Promise.race([work, late]);
  clearTimeout(timer);
}
