import { isName } from "../../base/index.ts";
import type { Run } from "../../workspace/index.ts";
import type { Call } from "../route.ts";
import { type EventSource, eventOf, eventStream, SSE_HEADERS } from "../sse.ts";
import { checkedWhole, limitIn, wholeIn } from "./paging.ts";
import { publicEvent } from "./public-records.ts";
import type { LoggedEvent } from "./run-logs.ts";
import type { ApiServices } from "./services.ts";

const MOST_LINES = 1e9;
/** Events of one piece of a stream. */
const AT_ONCE = 256;
/** How often is looked for more, in milliseconds. */
const LOOK_MS = 100;

/** What happened in a run, after a line: as a stream that goes on while it is trained, or as a page. */
export async function runEvents(call: Call, services: ApiServices): Promise<Response> {
  const { request, params, query, exchange, context } = call;
  const run = await openRun(services, params["name"] ?? "");
  const last = request.headers.get("last-event-id");
  const after =
    last === null
      ? (wholeIn(query, "after", 0, MOST_LINES) ?? 0)
      : checkedWhole(last, "Last-Event-ID", 0, MOST_LINES);
  if (/application\/json/.test(request.headers.get("accept") ?? "")) return page(call, services, run, after);
  exchange.signal.throwIfAborted();
  exchange.stream();
  context.metrics.streams++;
  exchange.onEnd(() => context.metrics.streams--);
  const source = new RunSource(call, services, run, after);
  return new Response(eventStream(source, context.limits.keepAliveMs), { headers: SSE_HEADERS });
}

/** @throws {ParrotletError} `run-not-found`. */
export async function openRun({ workspace }: ApiServices, name: string): Promise<Run> {
  return workspace.run(isName(name) ? name : "");
}

/** Whether this server is training it. */
export const isLive = ({ desk }: ApiServices, name: string): boolean => {
  const status = desk?.find(name)?.status;
  return status !== undefined && status !== "ended" && status !== "failed";
};

const linesOf = (services: ApiServices, run: Run): Promise<readonly LoggedEvent[]> =>
  services.logs.read(run, isLive(services, run.name) ? services.desk?.version(run.name) : undefined);

async function page({ query }: Call, services: ApiServices, run: Run, after: number): Promise<Response> {
  const most = limitIn(query, 1000, 5000);
  const live = isLive(services, run.name);
  const rest = (await linesOf(services, run)).filter(({ line }) => line > after);
  const shown = rest.slice(0, most);
  const next = rest.length > shown.length ? shown.at(-1)?.line : undefined;
  const events = shown.map(({ line, event }) => ({ line, event: publicEvent(event) }));
  return Response.json({ events, next, live });
}

/** A run's events as Server-Sent Events, the number of the line as their id. */
class RunSource implements EventSource {
  readonly #call: Call;
  readonly #services: ApiServices;
  readonly #run: Run;
  #after: number;
  #version: number | undefined;
  #over = false;

  constructor(call: Call, services: ApiServices, run: Run, after: number) {
    this.#call = call;
    this.#services = services;
    this.#run = run;
    this.#after = after;
  }

  async next(): Promise<string | undefined> {
    const { exchange } = this.#call;
    const { desk } = this.#services;
    while (!this.#over && !exchange.signal.aborted) {
      // Asked before the file is read: what is written after that makes another round.
      const [live, version] = [isLive(this.#services, this.#run.name), desk?.version(this.#run.name)];
      const text = live && version === this.#version ? "" : await this.#more(live, version);
      if (text !== "") return text;
      if (live) await new Promise((done) => setTimeout(done, LOOK_MS));
    }
    exchange.end();
    return undefined;
  }

  async #more(live: boolean, version: number | undefined): Promise<string> {
    const lines = await linesOf(this.#services, this.#run);
    // The end of the file is not what it was: the run was cut back to a checkpoint.
    const cut = this.#after > (lines.at(-1)?.line ?? 0);
    if (cut) this.#after = 0;
    // A run that goes on has the end of its last training until it has begun.
    const rest = lines.filter(({ line, event }) => line > this.#after && !(live && event.type === "end"));
    const some = rest.slice(0, AT_ONCE);
    this.#after = some.at(-1)?.line ?? this.#after;
    if (rest.length === some.length) {
      this.#version = version;
      this.#over = !live;
    }
    const events = `${cut ? eventOf({ type: "reset" }, { event: "reset" }) : ""}${some.map(textOf).join("")}`;
    const told = some.some(({ event }) => event.type === "end");
    return this.#over && !told ? `${events}${eventOf({ type: "end" }, { event: "end" })}` : events;
  }

  cancel(): void {
    this.#over = true;
    this.#call.exchange.status = 499;
    this.#call.exchange.end();
  }
}

/** An `end` has no id: a run that goes on later takes it back, and has another line of that number. */
const textOf = ({ line, event }: LoggedEvent): string =>
  eventOf(publicEvent(event), {
    event: event.type,
    ...(event.type === "end" ? {} : { id: String(line) }),
  });
