export interface ReadEvent {
  readonly id: string | undefined;
  readonly event: string;
  readonly data: { readonly [field: string]: unknown };
}

/** The Server-Sent Events of a response, as a browser's EventSource would tell them. */
export async function* eventsOf(response: Response): AsyncGenerator<ReadEvent, void> {
  let text = "";
  const decoder = new TextDecoder();
  for await (const bytes of response.body as unknown as AsyncIterable<Uint8Array>) {
    text += decoder.decode(bytes, { stream: true });
    const blocks = text.split("\n\n");
    text = blocks.pop() ?? "";
    for (const block of blocks) {
      const field = (name: string): string | undefined =>
        block
          .split("\n")
          .find((line) => line.startsWith(`${name}: `))
          ?.slice(name.length + 2);
      const data = field("data");
      if (data !== undefined)
        yield { id: field("id"), event: field("event") ?? "message", data: JSON.parse(data) };
    }
  }
}

export async function allEvents(response: Response): Promise<ReadEvent[]> {
  const all: ReadEvent[] = [];
  for await (const event of eventsOf(response)) all.push(event);
  return all;
}
