import type { ConversationHit } from "./search.ts";

interface Found {
  readonly id: string;
  readonly at: string;
  readonly hits: readonly ConversationHit[];
}

/** The hits of the newest conversations, as many as are wanted, in whatever order they are found. */
export class NewestHits {
  readonly #most: number;
  #found: Found[] = [];

  constructor(most: number) {
    this.#most = most;
  }

  /** Whether hits of a conversation of that id and time would be among them. */
  wants(conversation: Omit<Found, "hits">): boolean {
    let newer = 0;
    for (const found of this.#found) if (order(found, conversation) < 0) newer += found.hits.length;
    return newer < this.#most;
  }

  add(found: Found): void {
    if (found.hits.length === 0) return;
    this.#found.push(found);
    this.#found = this.#found.filter((each) => this.wants(each));
  }

  all(): ConversationHit[] {
    const hits = this.#found.sort(order).flatMap((found) => found.hits);
    return hits.slice(0, this.#most);
  }
}

/** The newest first; of those of one time, by id. */
function order(a: Omit<Found, "hits">, b: Omit<Found, "hits">): number {
  if (a.at !== b.at) return a.at > b.at ? -1 : 1;
  if (a.id === b.id) return 0;
  return a.id < b.id ? -1 : 1;
}
