import { ParrotletError, shown } from "../../base/index.ts";

/** Of the files of a store; another one is built anew, under another fingerprint. */
export const STORE_FORMAT = 1;
export const INDEX_FILE = "index.json";

/** Texts and conversations are sampled in different ways, so a store keeps them apart. */
export type LaneKind = "text" | "conversation";
export const LANES: readonly LaneKind[] = ["text", "conversation"];

/** One file: `pieces` words of 32 bits (see `Pieces`), then the tokens. Little endian. */
export interface ShardRecord {
  readonly tokens: number;
  readonly pieces: number;
  /** Of the whole file, in hex. */
  readonly sha256: string;
}

export interface LaneRecord {
  readonly documents: number;
  /** The last document may go on: its `<eos>` is not written yet. Only in an unfinished store. */
  readonly open: boolean;
  readonly shards: readonly ShardRecord[];
}

/** The tokens that tell where conversations and answers begin and end. */
export interface StoreSpecial {
  readonly pad: number;
  readonly bos: number;
  readonly eos: number;
  /** Behind it the assistant speaks, until `eos`. Absent where the tokenizer has no turns; then there are no conversations. */
  readonly answer?: number;
}

/** What happened to the items on their way into tokens. */
export interface StoreCounts {
  /** UTF-8 bytes of all text that was read. */
  readonly bytes: number;
  readonly conversations: number;
  /** Conversations of which several pieces were made. */
  readonly cutConversations: number;
  /** Exchanges (or system messages) that alone are longer than a piece may be, and were cut. */
  readonly cutExchanges: number;
  /** Conversations in which the assistant says nothing: left out. */
  readonly withoutReply: number;
  /** Tokens that were cut off or left out in all these ways. */
  readonly tokensLeftOut: number;
}

/** `index.json` of a store. */
export interface StoreIndex {
  readonly format: number;
  readonly fingerprint: string;
  /** Whether all is there; what is not can be gone on with. */
  readonly complete: boolean;
  /** Every token is below it. */
  readonly vocabulary: number;
  /** For pieces of conversations: each has at most one token more. */
  readonly contextWindow: number;
  readonly special: StoreSpecial;
  /** Items that are in the shards. */
  readonly items: number;
  readonly lanes: Readonly<Record<LaneKind, LaneRecord>>;
  readonly counts: StoreCounts;
}

/** SHA-256 in hex: of a store it is also the name of a folder, so it can be nothing else. */
export const isFingerprint = (value: unknown): value is string =>
  typeof value === "string" && /^[0-9a-f]{64}$/.test(value);

/** 1, 2 or 4. */
export const bytesPerToken = (vocabulary: number): number =>
  vocabulary <= 2 ** 8 ? 1 : vocabulary <= 2 ** 16 ? 2 : 4;

export const shardName = (kind: LaneKind, number: number): string =>
  `${kind}-${String(number).padStart(5, "0")}.tokens`;

/** Bytes of a shard's file. */
export const shardSize = ({ tokens, pieces }: ShardRecord, vocabulary: number): number =>
  4 * pieces + bytesPerToken(vocabulary) * tokens;

/** @param file As a person would name it. */
export const damaged = (file: string, problem: string): ParrotletError =>
  new ParrotletError(
    "token-store-damaged",
    `${file}: ${problem} Remove its folder: it is made again from the data.`,
  );

const COUNTS = [
  ...["bytes", "conversations", "cutConversations", "cutExchanges", "withoutReply", "tokensLeftOut"],
] as readonly (keyof StoreCounts)[];

/**
 * Reads `index.json`, trusting nothing in it. What it says of sizes is to be compared with the files.
 *
 * @throws {ParrotletError} `token-store-damaged`.
 */
export function parseStoreIndex(text: string, file: string): StoreIndex {
  const refuse = (problem: string): never => {
    throw damaged(file, problem);
  };
  const object = (value: unknown, name: string): Record<string, unknown> =>
    typeof value === "object" && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : refuse(`${name} is ${shown(value)}, not an object.`);
  const whole = (value: unknown, name: string, most: number = Number.MAX_SAFE_INTEGER): number =>
    Number.isSafeInteger(value) && (value as number) >= 0 && (value as number) <= most
      ? (value as number)
      : refuse(`${name} is ${shown(value)}, not a whole number from 0 to ${most}.`);
  const flag = (value: unknown, name: string): boolean =>
    typeof value === "boolean" ? value : refuse(`${name} is ${shown(value)}, not true or false.`);
  const hex = (value: unknown, name: string): string =>
    isFingerprint(value) ? value : refuse(`${name} is ${shown(value)}, not a SHA-256.`);
  const shard = (value: unknown, name: string): ShardRecord => {
    const { tokens, pieces, sha256 } = object(value, name);
    return {
      tokens: whole(tokens, `${name}.tokens`, 2 ** 40),
      pieces: whole(pieces, `${name}.pieces`, 2 ** 32),
      sha256: hex(sha256, `${name}.sha256`),
    };
  };
  const lane = (value: unknown, name: string): LaneRecord => {
    const { documents, open, shards } = object(value, name);
    if (!Array.isArray(shards)) return refuse(`${name}.shards is ${shown(shards)}, not a list.`);
    return {
      documents: whole(documents, `${name}.documents`),
      open: flag(open, `${name}.open`),
      shards: shards.map((one, number) => shard(one, `${name}.shards[${number}]`)),
    };
  };

  const index = object(parsed(text, refuse), "the index");
  if (index["format"] !== STORE_FORMAT)
    refuse(`it is of format ${shown(index["format"])}, and this program reads ${STORE_FORMAT}.`);
  const vocabulary = whole(index["vocabulary"], "vocabulary", 2 ** 31 - 1);
  const special = object(index["special"], "special");
  const token = (name: string): number => whole(special[name], `special.${name}`, vocabulary - 1);
  const lanes = object(index["lanes"], "lanes");
  const counts = object(index["counts"], "counts");
  return {
    format: STORE_FORMAT,
    fingerprint: hex(index["fingerprint"], "fingerprint"),
    complete: flag(index["complete"], "complete"),
    vocabulary,
    contextWindow: whole(index["contextWindow"], "contextWindow", 2 ** 30),
    special: {
      pad: token("pad"),
      bos: token("bos"),
      eos: token("eos"),
      ...(special["answer"] === undefined ? {} : { answer: token("answer") }),
    },
    items: whole(index["items"], "items"),
    lanes: {
      text: lane(lanes["text"], "lanes.text"),
      conversation: lane(lanes["conversation"], "lanes.conversation"),
    },
    counts: Object.fromEntries(COUNTS.map((name) => [name, whole(counts[name], `counts.${name}`)])) as Record<
      keyof StoreCounts,
      number
    >,
  };
}

function parsed(text: string, refuse: (problem: string) => never): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return refuse("it is not JSON.");
  }
}
