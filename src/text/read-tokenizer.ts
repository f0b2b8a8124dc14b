import { shown } from "../base/index.ts";
import { BpeTokenizer } from "./bpe-tokenizer.ts";
import { byteCharacters, unspell } from "./byte-alphabet.ts";
import { ByteTokenizer } from "./byte-tokenizer.ts";
import { CharacterTokenizer } from "./character-tokenizer.ts";
import type { Merge } from "./merger.ts";
import { readSplitting } from "./read-splitting.ts";
import { findSpecial } from "./special-tokens.ts";
import type { Tokenizer } from "./tokenizer.ts";
import { type AddedToken, asObject, inOrder, type Refuse, refusing } from "./tokenizer-file.ts";

/**
 * Reads a `tokenizer.json`: what our tokenizers write, and byte-level BPE from elsewhere, as that of GPT-2 and Llama 3. What
 * goes before and after a text there (`post_processor`) is left out: `encode` adds no special tokens. Unlike elsewhere, a
 * text never makes an added token.
 *
 * @param file How to name the file in errors.
 * @throws {ParrotletError} `tokenizer-invalid`, saying what is wrong or not understood.
 */
export function tokenizerFromJson(json: unknown, file: string): Tokenizer {
  const refuse = refusing(file);
  const model = asObject(asObject(json)["model"]);
  const { type = Array.isArray(model["merges"]) ? "BPE" : undefined } = model;
  if (type === "WordLevel") return CharacterTokenizer.fromJson(json, file);
  if (type !== "BPE") {
    const known = "characters (WordLevel) and byte-level BPE can be read";
    return refuse(`its model is of type ${shown(type)}; ${known}.`);
  }
  return readBpe(asObject(json), model, refuse);
}

type Part = Readonly<Record<string, unknown>>;

function readBpe(json: Part, model: Part, refuse: Refuse): Tokenizer {
  checkParts(json, model, refuse);
  const { vocab } = model;
  if (typeof vocab !== "object" || vocab === null) return refuse("its model has no vocab.");
  const added = readAdded(json["added_tokens"], refuse);
  const ids = new Map<string, unknown>(Object.entries(vocab));
  for (const { content, id } of added) {
    const other = ids.get(content) ?? id;
    if (other !== id) refuse(`the added token ${shown(content)} has id ${id}, but ${shown(other)} in vocab.`);
    ids.set(content, id);
  }
  const tokens = inOrder(ids, refuse);
  checkTokens(tokens, added, refuse);
  const own = asByteTokenizer(tokens, model);
  if (own) return own;
  if (!findSpecial(new Map(added.map(({ content, id }) => [content, id])))) {
    refuse("none of its added_tokens ends a text, as <eos>, <|endoftext|>, <|end_of_text|> or </s> would.");
  }
  const merges = readMerges(model["merges"], tokens, refuse);
  const splitting = readSplitting(json["pre_tokenizer"], refuse);
  return new BpeTokenizer({
    tokens,
    merges,
    added,
    splitting,
    ignoreMerges: model["ignore_merges"] === true,
  });
}

/** Refuses what would make other tokens than we make. */
function checkParts(json: Part, model: Part, refuse: Refuse): void {
  const normalizer = json["normalizer"] ?? null;
  if (normalizer !== null) {
    const type = asObject(normalizer)["type"];
    refuse(`it has a normalizer (${shown(type)}), which changes text before it is cut. None can be read.`);
  }
  if (model["byte_fallback"] === true) {
    refuse("its model has byte_fallback, as SentencePiece has. Byte-level BPE can be read.");
  }
  for (const part of ["continuing_subword_prefix", "end_of_word_suffix"]) {
    if ((model[part] ?? "") !== "")
      refuse(`its model has ${part} ${shown(model[part])}, which is not known here.`);
  }
  if ((model["dropout"] ?? 0) !== 0) refuse("its model has dropout, so that a text has many encodings.");
}

function readAdded(json: unknown, refuse: Refuse): AddedToken[] {
  const list = json ?? [];
  if (!Array.isArray(list)) return refuse("its added_tokens are no list.");
  return list.map((item) => {
    const { id, content, special } = asObject(item);
    if (typeof content !== "string" || typeof id !== "number") {
      return refuse("one of its added_tokens has no content or no id.");
    }
    return { id, content, special: special === true };
  });
}

/** Every token must be made of bytes, and every byte must be a token. */
function checkTokens(tokens: readonly string[], added: readonly AddedToken[], refuse: Refuse): void {
  const names = new Set(added.map(({ content }) => content));
  const isNoText = (token: string): boolean => !names.has(token) && (token === "" || !unspell(token));
  const strange = tokens.find(isNoText);
  if (strange !== undefined) refuse(`token ${shown(strange)} is not written as bytes are.`);
  const known = new Set(tokens.filter((token) => !names.has(token)));
  const missing = byteCharacters.findIndex((character) => !known.has(character));
  if (missing >= 0) refuse(`it has no token for the byte ${missing}, so that it does not know every text.`);
}

/** A `ByteTokenizer`, if that is what wrote these tokens. */
function asByteTokenizer(tokens: readonly string[], model: Part): ByteTokenizer | undefined {
  const { merges } = model;
  if (!Array.isArray(merges) || merges.length > 0) return undefined;
  return (["text", "pairs", "chat"] as const)
    .map((set) => new ByteTokenizer(set))
    .find((one) => one.size === tokens.length && one.tokens.every((token, id) => token === tokens[id]));
}

function readMerges(json: unknown, tokens: readonly string[], refuse: Refuse): Merge[] {
  if (!Array.isArray(json)) return refuse("its model has no merges.");
  const ids = new Map(tokens.map((token, id) => [token, id]));
  const idOf = (token: string, merge: unknown): number =>
    ids.get(token) ??
    refuse(`the merge ${shown(merge)} needs the token ${shown(token)}, which is not in vocab.`);
  return json.map((merge: unknown) => {
    const pair: unknown = typeof merge === "string" ? merge.split(" ") : merge;
    if (!Array.isArray(pair) || pair.length !== 2)
      return refuse(`the merge ${shown(merge)} is not of two tokens.`);
    const [left, right] = pair.map(String) as [string, string];
    return {
      left: idOf(left, merge),
      right: idOf(right, merge),
      merged: idOf(`${left}${right}`, merge),
    };
  });
}
