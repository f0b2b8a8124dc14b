import { Rng } from "../../base/index.ts";
import { type FilterReport, textOf } from "../filters/filter.ts";
import { createFilters, type FilterConfig, type Filters } from "../filters/filters.ts";
import { createLanguageDetector, type LanguageDetector } from "../filters/language-filter.ts";
import type { Conversation, Item, ReadProblem, Role, TextPiece } from "../item.ts";
import { type Distribution, DistributionCounter } from "./distribution.ts";
import { type Sample, Samples } from "./samples.ts";
import { TextCounter, type TextCounts } from "./text-counter.ts";

const SAMPLES = 3;
const PROBLEMS = 20;

/** What a stream of items is made of. Plain data. */
export interface DataReport {
  readonly counts: TextCounts & {
    /** Texts that are no conversations, each counted once however many pieces it comes in. */
    readonly documents: number;
    readonly conversations: number;
    readonly messages: number;
  };
  /** Messages and characters of each side of the conversations that says anything. */
  readonly roles: readonly { readonly role: Role; readonly messages: number; readonly characters: number }[];
  /** Characters of a document. */
  readonly documentLength: Distribution | undefined;
  /** Characters of a conversation. */
  readonly conversationLength: Distribution | undefined;
  /** Characters of a message. */
  readonly messageLength: Distribution | undefined;
  /** Messages of a conversation, the system's not counted. */
  readonly turns: Distribution | undefined;
  /** Shares of the characters of items that are long enough to tell, largest first. ISO 639-1. */
  readonly languages: readonly { readonly language: string; readonly share: number }[];
  /** What each filter would do if it were the only one. */
  readonly filters: readonly FilterReport[];
  /** Three items, each with the same chance. */
  readonly samples: readonly Sample[];
  /** What could not be read. */
  readonly problems: { readonly count: number; readonly first: readonly ReadProblem[] };
}

export interface StatisticsOptions {
  /** What is tried besides those filters that need no number: `length`, `turns`, `language`. @default none */
  readonly filters?: Pick<FilterConfig, "length" | "turns" | "language">;
  /** Whether near duplicates are looked for, which takes most of the time and 310 to 490 bytes an item. @default true */
  readonly nearDuplicates?: boolean;
  /** Of the samples. @default 0 */
  readonly seed?: number;
}

/** Gathers a `DataReport` in one pass; what it keeps in memory is what the filters for duplicates keep. */
export class DataStatistics {
  readonly #alone: readonly (readonly [name: string, filters: Filters])[];
  readonly #detector: LanguageDetector;
  readonly #samples: Samples;
  readonly #text = new TextCounter();
  readonly #lengths = {
    document: new DistributionCounter(),
    conversation: new DistributionCounter(),
    message: new DistributionCounter(),
    turns: new DistributionCounter(),
  };
  readonly #languages = new Map<string, number>();
  readonly #counts = { documents: 0, conversations: 0, messages: 0 };
  readonly #roles = new Map<Role, { messages: number; characters: number }>();
  readonly #problems: ReadProblem[] = [];
  #problemCount = 0;
  /** Characters so far of the document whose pieces come in. */
  #open: number | undefined;

  private constructor(
    alone: readonly (readonly [string, Filters])[],
    detector: LanguageDetector,
    samples: Samples,
  ) {
    this.#alone = alone;
    this.#detector = detector;
    this.#samples = samples;
  }

  /** Throws what `createFilters` throws. */
  static async create(options: StatisticsOptions = {}): Promise<DataStatistics> {
    const { filters = {}, nearDuplicates = true, seed = 0 } = options;
    const configs: [string, FilterConfig][] = [
      ...Object.entries(filters).map(([name, value]): [string, FilterConfig] => [name, { [name]: value }]),
      ["boilerplate", { boilerplate: true }],
      ["placeholders", { placeholders: true }],
      ["familyFriendly", { familyFriendly: true }],
      ["quality", { quality: true }],
      ["duplicates: exact", { duplicates: "exact" }],
      ...(nearDuplicates ? [["duplicates: near", { duplicates: "near" }] as [string, FilterConfig]] : []),
    ];
    const alone = await Promise.all(
      configs.map(async ([name, config]) => [name, await createFilters(config)] as const),
    );
    return new DataStatistics(alone, await createLanguageDetector(), new Samples(SAMPLES, new Rng(seed)));
  }

  add(item: Item): void {
    const characters = item.kind === "text" ? this.#addText(item) : this.#addConversation(item);
    const language = this.#detector.detect(textOf(item));
    if (language) this.#languages.set(language, (this.#languages.get(language) ?? 0) + characters);
    this.#samples.add(item);
    for (const [, filters] of this.#alone) filters.apply(item);
  }

  addProblem(problem: ReadProblem): void {
    this.#problemCount++;
    if (this.#problems.length < PROBLEMS) this.#problems.push(problem);
  }

  /** What came so far. */
  report(): DataReport {
    this.#endDocument();
    const told = [...this.#languages.values()].reduce((sum, characters) => sum + characters, 0);
    return {
      counts: { ...this.#counts, ...this.#text.report() },
      roles: [...this.#roles].map(([role, said]) => ({ role, ...said })),
      documentLength: this.#lengths.document.report(),
      conversationLength: this.#lengths.conversation.report(),
      messageLength: this.#lengths.message.report(),
      turns: this.#lengths.turns.report(),
      languages: [...this.#languages]
        .map(([language, characters]) => ({ language, share: characters / told }))
        .sort((a, b) => b.share - a.share),
      filters: this.#alone.flatMap(([name, filters]) => filters.reports().map((each) => ({ ...each, name }))),
      samples: this.#samples.report(),
      problems: { count: this.#problemCount, first: [...this.#problems] },
    };
  }

  #addText({ text, continues }: TextPiece): number {
    if (continues !== true) this.#endDocument();
    if (this.#open === undefined) this.#counts.documents++;
    const characters = this.#text.add(text);
    this.#open = (this.#open ?? 0) + characters;
    return characters;
  }

  #endDocument(): void {
    if (this.#open !== undefined) this.#lengths.document.add(this.#open);
    this.#open = undefined;
  }

  #addConversation({ messages }: Conversation): number {
    this.#endDocument();
    let characters = 0;
    for (const { role, text } of messages) {
      const length = this.#text.add(text);
      this.#lengths.message.add(length);
      const said = this.#roles.get(role) ?? { messages: 0, characters: 0 };
      this.#roles.set(role, { messages: said.messages + 1, characters: said.characters + length });
      characters += length;
    }
    this.#counts.conversations++;
    this.#counts.messages += messages.length;
    this.#lengths.conversation.add(characters);
    this.#lengths.turns.add(messages.filter(({ role }) => role !== "system").length);
    return characters;
  }
}
