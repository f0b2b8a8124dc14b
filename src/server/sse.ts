const encoder = new TextEncoder();

/** An event as Server-Sent Events have it. @see https://html.spec.whatwg.org/multipage/server-sent-events.html */
export const eventOf = (data: unknown, { event, id }: { event?: string; id?: string } = {}): string =>
  `${id === undefined ? "" : `id: ${id}\n`}${event === undefined ? "" : `event: ${event}\n`}data: ${JSON.stringify(data)}\n\n`;

export const DONE = "data: [DONE]\n\n";
const COMMENT = ": keep-alive\n\n";

export const SSE_HEADERS: Readonly<Record<string, string>> = {
  "content-type": "text/event-stream; charset=utf-8",
  "cache-control": "no-cache, no-transform",
  "x-accel-buffering": "no",
};

/** What a stream of events is made from. */
export interface EventSource {
  /** The events that there are, waited for where there are none; undefined at the end. */
  next(): Promise<string | undefined>;
  /** Nobody reads any more. */
  cancel(): void;
}

/** Events as bytes that are made only when somebody reads them, with a comment now and then where nothing comes. */
export function eventStream(source: EventSource, keepAliveMs: number): ReadableStream<Uint8Array> {
  let coming: Promise<string | undefined> | undefined;
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        coming ??= source.next();
        const text = await orComment(coming, keepAliveMs);
        if (text !== COMMENT) coming = undefined;
        if (text === undefined) controller.close();
        else controller.enqueue(encoder.encode(text));
      },
      cancel() {
        source.cancel();
      },
    },
    { highWaterMark: 0 },
  );
}

function orComment(coming: Promise<string | undefined>, ms: number): Promise<string | undefined> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, ms, COMMENT);
    coming.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
