import type { HeadRecord, MessageRecord } from "./records.ts";

/** Which of a tree's paths is the current one, and which were. Nothing here walks a path before somebody asks for it. */
export class Paths {
  readonly #messages: ReadonlyMap<string, MessageRecord>;
  /** When a message was the head last, by the order of records. */
  readonly #visits = new Map<string, number>();
  /** The heads that were undone, the newest last. */
  #undone: string[] = [];
  #path: readonly MessageRecord[] | undefined;
  #head: string | null = null;
  #moves = 0;

  constructor(messages: ReadonlyMap<string, MessageRecord>) {
    this.#messages = messages;
  }

  get head(): string | null {
    return this.#head;
  }

  /** What a redo would make the head. */
  get redoable(): string | undefined {
    return this.#undone.at(-1);
  }

  current(): readonly MessageRecord[] {
    this.#path ??= this.#head === null ? [] : this.upTo(this.#head);
    return this.#path;
  }

  /** The messages from the first to one. */
  upTo(id: string): MessageRecord[] {
    const path: MessageRecord[] = [];
    for (let at = this.#messages.get(id); at; at = this.#messages.get(at.parent ?? "")) path.push(at);
    return path.reverse();
  }

  /** Of a message and all that follow it, the one that was the head last. */
  newestAfter(id: string): string {
    const newest = new Map<string, string>();
    const visit = (at: string): number => this.#visits.get(newest.get(at) ?? at) ?? -1;
    // A message comes after the one that it follows.
    for (const { id: child, parent } of [...this.#messages.values()].reverse()) {
      if (parent !== null && visit(child) > visit(parent)) newest.set(parent, newest.get(child) ?? child);
    }
    return newest.get(id) ?? id;
  }

  /** A message that was added is the head. */
  add({ id, parent }: MessageRecord): void {
    const message = this.#messages.get(id);
    const path = parent === this.#head && message ? this.#path && [...this.#path, message] : undefined;
    this.#undone = [];
    this.#goTo(id);
    this.#path = path;
  }

  move({ head, why }: HeadRecord): void {
    if (why === "undo" && this.#head !== null) this.#undone.push(this.#head);
    else if (why === "redo") this.#undone.pop();
    else this.#undone = [];
    this.#goTo(head);
  }

  #goTo(head: string | null): void {
    this.#head = head;
    this.#path = undefined;
    if (head !== null) this.#visits.set(head, this.#moves++);
  }
}
