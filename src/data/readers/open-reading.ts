import { type ByteSource, lastPart, ParrotletError, shown } from "../../base/index.ts";
import type { Speaker } from "../chats/chat-log.ts";
import type { Item, ReadProblem } from "../item.ts";
import { decoded, type TextChunk } from "./decode.ts";
import { type Encoding, encodingOf } from "./encoding.ts";
import type { FileToRead, Format, Head, ReadOptions } from "./format.ts";
import { Problems } from "./problems.ts";
import { binaryOf, formatOf, isPdf } from "./recognise.ts";

/** A file that is going to be read. */
export interface Reading {
  readonly file: string;
  /** The id of the format that it was taken for. */
  readonly format: string;
  /** One line for people: "JSONL of OpenAI messages". */
  readonly about: string;
  /** As `TextDecoder` calls it; `undefined` where the file is no text. It may change once while a file is read that begins with ASCII. */
  readonly encoding: string | undefined;
  /** What was left out so far: the first 1000 of the last reading. */
  readonly problems: readonly ReadProblem[];
  /** All of them. */
  readonly problemCount: number;
  /** Who writes in a chat, once it was read, also where nobody of them is `me`; none in other files. */
  readonly speakers: readonly Speaker[];
  /**
   * What is in the file, in its order; each call reads it from the start.
   *
   * @throws {ParrotletError} `data-empty` when there was nothing in it that could be used; `data-unreadable`.
   */
  items(): AsyncGenerator<Item, void>;
}

const HEAD = 1 << 16;

const RECORDS: ReadonlySet<string> = new Set(["json", "jsonl", "csv", "tsv", "yaml"]);

/**
 * Finds out what a file is. Nothing but its beginning is read, and of Parquet its end.
 *
 * @throws {ParrotletError} `data-empty` for a file without a byte, `data-unreadable` for one that is no text, `data-encoding` and
 * `data-format` for options that nobody knows.
 */
export async function openReading(source: ByteSource, options: ReadOptions = {}): Promise<Reading> {
  if (source.size === 0) {
    throw new ParrotletError("data-empty", `${source.name} is empty. Was it copied or fetched as a whole?`);
  }
  const bytes = await source.read(0, Math.min(HEAD, source.size));
  const encoding = await encodingOf(bytes, options.encoding);
  const head = await headOf(source, bytes, encoding);
  const format = formatOf(head, options.format);
  if (!format || (!encoding && !format.binary) || isPdf(bytes)) throw notText(source, bytes);
  const reading = new FileReading(source, head, format, encoding, options);
  await reading.look();
  return reading;
}

async function headOf(source: ByteSource, bytes: Uint8Array, encoding: Encoding | undefined): Promise<Head> {
  const name = lastPart(source.name).toLowerCase();
  let text = "";
  if (encoding) {
    const piece = {
      name,
      size: bytes.length,
      read: async (from: number, to: number) => bytes.subarray(from, to),
    };
    for await (const chunk of decoded(piece, encoding, new Problems(name))) text += chunk.text;
  }
  return {
    name,
    ending: /[^.](\.[^.]+)$/.exec(name)?.[1] ?? "",
    bytes,
    text: text.replace(/\uFFFD+$/, ""),
    whole: bytes.length === source.size,
  };
}

function notText(source: ByteSource, bytes: Uint8Array): ParrotletError {
  const what =
    binaryOf(bytes) ??
    `no text: it begins with the bytes ${shown([...bytes.subarray(0, 8)])}. Leave it out, or name its encoding with --encoding`;
  return new ParrotletError("data-unreadable", `${source.name} is ${what}.`);
}

class FileReading implements Reading {
  readonly file: string;
  readonly format: string;
  #about: string;
  #encoding: Encoding | undefined;
  #problems: Problems;
  #speakers: readonly Speaker[] = [];
  readonly #source: ByteSource;
  readonly #head: Head;
  readonly #format: Format;
  readonly #options: ReadOptions;

  constructor(
    source: ByteSource,
    head: Head,
    format: Format,
    encoding: Encoding | undefined,
    options: ReadOptions,
  ) {
    this.file = source.name;
    this.format = format.id;
    this.#about = format.about;
    this.#encoding = format.binary ? undefined : encoding;
    this.#problems = new Problems(source.name);
    this.#source = source;
    // Of many files only what tells their format is kept in memory.
    this.#head = { ...head, bytes: head.bytes.slice(0, 16), text: head.text.slice(0, 4096) };
    this.#format = format;
    this.#options = options;
  }

  get about(): string {
    return this.#about;
  }

  get encoding(): string | undefined {
    return this.#encoding?.label;
  }

  get problems(): readonly ReadProblem[] {
    return this.#problems.list;
  }

  get problemCount(): number {
    return this.#problems.count;
  }

  get speakers(): readonly Speaker[] {
    return this.#speakers;
  }

  /** Looks what is inside. */
  async look(): Promise<void> {
    const contents = await this.#format.contents?.(this.#fileToRead(new Problems(this.file)));
    if (contents !== undefined) this.#about = `${this.#format.about} of ${contents}`;
  }

  async *items(): AsyncGenerator<Item, void> {
    const problems = new Problems(this.file);
    this.#problems = problems;
    let count = 0;
    for await (const item of this.#format.read(this.#fileToRead(problems))) {
      count++;
      yield item;
    }
    if (count === 0) throw this.#nothing(problems);
  }

  #fileToRead(problems: Problems): FileToRead {
    const [source, encoding] = [this.#source, this.#encoding];
    return {
      source,
      head: this.#head,
      options: this.#options,
      problems,
      speakers: (speakers) => {
        this.#speakers = speakers;
      },
      text: (): AsyncGenerator<TextChunk, void> => {
        if (!encoding)
          throw new ParrotletError(
            "data-unreadable",
            `${source.name} is no text, but ${this.#format.about} is.`,
          );
        return decoded(source, encoding, problems, (settled) => {
          this.#encoding = { ...settled, mark: encoding.mark };
        });
      },
    };
  }

  /** What to do where a name promised records, and the content is prose. */
  #otherwise(): string {
    const prose = /^\s*[^\s[{"-][^\n,;\t]* [^\n]{30}/.test(this.#head.text);
    return prose && RECORDS.has(this.format)
      ? "\nIt looks like prose: say --format text to read it so, or call it .txt."
      : "";
  }

  #nothing(problems: Problems): ParrotletError {
    const few = problems.list.slice(0, 3).map(({ line, message }) => `\n  line ${line}: ${message}`);
    const more = problems.count > few.length ? `\n  ... and ${problems.count - few.length} more` : "";
    const why = few.length > 0 ? `:${few.join("")}${more}` : ": it holds nothing to learn from.";
    const message = `Nothing in ${this.file} could be used as ${this.#format.about}${why}${this.#otherwise()}`;
    return new ParrotletError("data-empty", message);
  }
}
