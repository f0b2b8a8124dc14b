import { ChatSession, type ReplyOptions, type SessionEvent } from "../../chat/index.ts";
import { ApiError, toApiError } from "../api-error.ts";
import { errorResponse } from "../error-response.ts";
import { before } from "../generation/answer.ts";
import { waitInLine } from "../generation/waiting.ts";
import type { Call } from "../route.ts";
import { type EventSource, eventOf, eventStream, SSE_HEADERS } from "../sse.ts";
import { ownError } from "./api-route.ts";
import { openModel } from "./open-model.ts";
import { publicMessage } from "./public-records.ts";
import { RunningReply } from "./running-reply.ts";
import type { ReplyRequest } from "./schemas.ts";
import type { ApiServices } from "./services.ts";

/** What is asked of a session. */
export type Ask = (session: ChatSession, options: ReplyOptions) => AsyncGenerator<SessionEvent, void>;

/** Makes a reply in a conversation, and answers with its events as they come, or at its end with all of it. */
export async function talk(
  call: Call,
  services: ApiServices,
  request: ReplyRequest,
  ask: Ask,
): Promise<Response> {
  const { context, exchange } = call;
  const { metrics, limits } = context;
  const noLonger = waitInLine(call);
  const reply = await begin(call, services, request, ask);
  const abort = (): void => reply.abort();
  exchange.signal.addEventListener("abort", abort);
  exchange.onEnd(abort);
  if (exchange.signal.aborted) abort();
  // An error that comes at once is still told by its status.
  const begun = reply.begun().finally(noLonger);
  if (request.stream === false) return whole(call, begun, reply);
  await before(begun, limits.headMs);
  exchange.signal.throwIfAborted();
  exchange.stream();
  metrics.streams++;
  exchange.onEnd(() => metrics.streams--);
  return new Response(eventStream(new SessionSource(call, reply), limits.keepAliveMs), {
    headers: SSE_HEADERS,
  });
}

/** Takes the conversation and its model until all is recorded, whoever still listens. */
async function begin(
  { context, exchange, params }: Call,
  { store, talks }: ApiServices,
  request: ReplyRequest,
  ask: Ask,
): Promise<RunningReply> {
  const id = params["id"] ?? "";
  const end = talks.begin(id);
  let release = end;
  try {
    const conversation = await store.open(id);
    const held = await openModel(context.models, request.model, conversation);
    release = () => {
      held.release();
      end();
    };
    exchange.model = held.model.id;
    exchange.signal.throwIfAborted();
    // What is usual is no demand: the window may be smaller, and the model may know no formats.
    const { maxNewTokens: usualNewTokens, format: _, ...defaults } = context.defaults;
    const session = new ChatSession({
      backend: held.backend,
      conversation,
      config: { ...defaults, ...request.config },
      usualNewTokens,
      nextSeed: context.seeds,
      onRecord: (record) => store.append(id, record),
    });
    const reply = new RunningReply((signal) => ask(session, { signal }));
    talks.watch(reply.finished.then(release));
    return reply;
  } catch (error) {
    release();
    throw error;
  }
}

async function whole(call: Call, begun: Promise<void>, reply: RunningReply): Promise<Response> {
  await begun;
  const events: SessionEvent[] = [];
  while (!reply.over || reply.failed) {
    await reply.ready();
    events.push(...reply.take());
  }
  const prompt = events.find((event) => event.type === "prompt");
  const end = events.find((event) => event.type === "end");
  tell(call, end);
  if (end?.finish === "aborted") call.exchange.signal.throwIfAborted();
  if (!prompt || !end) throw new ApiError(503, "The reply was stopped.", { code: "aborted" });
  const { type: _, ...rest } = shownEvent(end);
  return Response.json({ prompt: shownEvent(prompt), ...rest });
}

/** A session's events as Server-Sent Events. */
class SessionSource implements EventSource {
  readonly #call: Call;
  readonly #reply: RunningReply;
  #sent = Number.NEGATIVE_INFINITY;
  #over = false;

  constructor(call: Call, reply: RunningReply) {
    this.#call = call;
    this.#reply = reply;
  }

  async next(): Promise<string | undefined> {
    if (this.#over) {
      this.#call.exchange.end();
      return undefined;
    }
    try {
      await this.#reply.ready();
      await this.#gather();
      const events = this.#reply.take();
      this.#sent = performance.now();
      this.#over = this.#reply.over && !this.#reply.failed;
      for (const event of events) if (event.type === "end") tell(this.#call, event);
      return events.map((event) => eventOf(shownEvent(event), { event: event.type })).join("");
    } catch (error) {
      this.#over = true;
      return this.#errorEvent(error);
    }
  }

  /** What comes soon after a piece goes with what comes next. */
  async #gather(): Promise<void> {
    const wait = this.#sent + this.#call.context.limits.flushMs - performance.now();
    if (wait > 0 && !this.#reply.ended) await new Promise((done) => setTimeout(done, wait));
  }

  #errorEvent(error: unknown): string {
    const { context, exchange } = this.#call;
    const own = ownError(error, this.#call);
    exchange.status = errorResponse(own, context, exchange).status;
    return eventOf(toApiError(own, exchange.id).body, { event: "error" });
  }

  cancel(): void {
    this.#call.exchange.status = 499;
    this.#call.exchange.end();
  }
}

function tell({ exchange, context }: Call, end: Extract<SessionEvent, { type: "end" }> | undefined): void {
  if (!end) return;
  const { promptTokens, completionTokens } = end.usage;
  const model = exchange.model ?? "";
  Object.assign(exchange, { promptTokens, completionTokens, said: end.message?.text });
  context.metrics.tokens.add({ model, kind: "prompt" }, promptTokens);
  context.metrics.tokens.add({ model, kind: "completion" }, completionTokens);
}

/** Of messages that the client can read, only the ids. */
function shownEvent(event: SessionEvent): Record<string, unknown> & { readonly type: string } {
  if (event.type === "delta") return { type: "delta", text: event.text };
  if (event.type === "end") return { ...event, message: event.message && publicMessage(event.message) };
  const { kept, dropped } = event;
  const ids = (messages: typeof kept): string[] => messages.map(({ id }) => id);
  const message = kept.findLast(({ role }) => role === "user");
  return { ...event, message, kept: ids(kept), dropped: ids(dropped) };
}
