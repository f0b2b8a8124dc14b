import { encodeText, ParrotletError, shown } from "../../base/index.ts";
import { jinjaTemplate, spell, type Tokenizer } from "../../text/index.ts";
import type { GgufValue } from "./gguf-writer.ts";

/** llama.cpp's kinds of tokens. */
export const TOKEN_KINDS = { normal: 1, unknown: 2, control: 3, userDefined: 4 } as const;

const GPT2 = "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+";
const LLAMA3 =
  "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";
const QWEN2 = LLAMA3.replace("{1,3}", "");

/** A byte-level BPE as the file has it. */
interface Vocabulary {
  readonly tokens: readonly string[];
  readonly merges: readonly string[];
  readonly kinds: readonly number[];
  /** llama.cpp's name for how text is cut before it is merged. */
  readonly pre: string;
}

/**
 * A tokenizer as metadata, always a byte-level BPE: one of bytes is one without merges, and one of characters has merges that
 * put the bytes of each together.
 *
 * @throws {ParrotletError} `cannot-export` where llama.cpp does not cut text as the tokenizer does.
 */
export function ggufTokenizer(tokenizer: Tokenizer): Map<string, GgufValue> {
  const { tokens, merges, kinds, pre } = vocabularyOf(tokenizer);
  const { bos, eos, pad, sep, unk } = tokenizer.special;
  const metadata = new Map<string, GgufValue>([
    ["model", { type: "string", value: "gpt2" }],
    ["pre", { type: "string", value: pre }],
    ["tokens", { type: "strings", value: tokens }],
    ["token_type", { type: "i32s", value: kinds }],
    ["merges", { type: "strings", value: merges }],
  ]);
  const ids = { bos_token_id: bos, eos_token_id: eos, padding_token_id: pad };
  for (const [name, id] of Object.entries({ ...ids, unknown_token_id: unk, seperator_token_id: sep })) {
    if (id !== undefined) metadata.set(name, { type: "u32", value: id }); // "seperator" is how llama.cpp spells it
  }
  // A text that is gone on with begins with it. Templates have it too: llama.cpp takes care that there is one.
  metadata.set("add_bos_token", { type: "bool", value: true });
  metadata.set("add_eos_token", { type: "bool", value: false });
  metadata.set("add_space_prefix", { type: "bool", value: false });
  const full = new Map<string, GgufValue>(
    [...metadata].map(([name, value]) => [`tokenizer.ggml.${name}`, value]),
  );
  const template = jinjaTemplate(tokenizer);
  if (template !== undefined) full.set("tokenizer.chat_template", { type: "string", value: template });
  return full;
}

function vocabularyOf(tokenizer: Tokenizer): Vocabulary {
  const json = tokenizer.toJson() as unknown as TokenizerFile;
  const added = new Map(json.added_tokens.map((token) => [token.id, token.special]));
  const kind = (id: number): number => {
    if (id === tokenizer.special.unk) return TOKEN_KINDS.control; // no text may name it
    const special = added.get(id);
    if (special === undefined) return TOKEN_KINDS.normal;
    return special ? TOKEN_KINDS.control : TOKEN_KINDS.userDefined;
  };
  const names = Object.keys(json.model.vocab);
  const inOrder = new Array<string>(tokenizer.size).fill("");
  for (const name of names) inOrder[json.model.vocab[name] ?? 0] = name;
  for (const { id, content } of json.added_tokens) inOrder[id] = content;
  const kinds = inOrder.map((_, id) => kind(id));
  if (tokenizer.kind !== "character") {
    const merges = tokenizer.kind === "bpe" ? (json.model.merges ?? []) : [];
    return { tokens: inOrder, merges, kinds, pre: preTokenizer(tokenizer, json) };
  }
  const tokens = inOrder.map((token, id) =>
    kinds[id] === TOKEN_KINDS.normal ? spell(encodeText(token)) : token,
  );
  const own = tokens.filter((_, id) => kinds[id] === TOKEN_KINDS.normal);
  return { tokens, merges: characterMerges(own), kinds, pre: "gpt-2" };
}

/**
 * Each character of several bytes grows from its first byte on. No two characters get in each other's way, since in UTF-8 the
 * first byte of one is never within another.
 */
function characterMerges(characters: readonly string[]): string[] {
  const merges = new Set<string>();
  for (const bytes of characters) {
    for (let length = 1; length < bytes.length; length++)
      merges.add(`${bytes.slice(0, length)} ${bytes[length]}`);
  }
  return [...merges];
}

/** What is read of our own `tokenizer.json`. */
interface TokenizerFile {
  readonly added_tokens: readonly {
    readonly id: number;
    readonly content: string;
    readonly special: boolean;
  }[];
  readonly pre_tokenizer: Part & { readonly pretokenizers?: readonly Part[] };
  readonly model: {
    readonly vocab: Readonly<Record<string, number>>;
    readonly merges?: readonly string[];
    readonly ignore_merges?: boolean;
  };
}

interface Part {
  readonly type: string;
  readonly pattern?: { readonly Regex?: string };
  readonly use_regex?: boolean;
  readonly individual_digits?: boolean;
}

/** Which of llama.cpp's ways to cut text is the tokenizer's. */
function preTokenizer(tokenizer: Tokenizer, { pre_tokenizer: whole, model }: TokenizerFile): string {
  if (tokenizer.kind === "byte") return "gpt-2"; // without merges it does not matter
  const parts = whole.pretokenizers ?? [whole];
  const way = parts
    .map(
      (part) =>
        part.pattern?.Regex ??
        (part.type === "Digits" ? `Digits ${part.individual_digits === true}` : undefined),
    )
    .filter((pattern) => pattern !== undefined)
    .concat(parts.at(-1)?.use_regex === false ? [] : [GPT2])
    .join(" then ");
  const ignores = model.ignore_merges === true;
  // All of these merge by the same rules; llama-bpe alone takes a word that is a token as that token.
  const known: Readonly<Record<string, string>> = ignores
    ? { [LLAMA3]: "llama-bpe" }
    : { [LLAMA3]: "dbrx", [GPT2]: "gpt-2", [QWEN2]: "qwen2", [`Digits true then ${GPT2}`]: "starcoder" };
  const found = known[way];
  if (found !== undefined) return found;
  const message =
    `The tokenizer cuts text by ${shown(way)}${ignores ? " and takes words that are tokens whole" : ""}, which llama.cpp ` +
    "has no name for: it would make other tokens. Export to hf or onnx instead.";
  throw new ParrotletError("cannot-export", message);
}
