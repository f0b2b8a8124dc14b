import { shown } from "../base/index.ts";
import { BpeTokenizer } from "./bpe-tokenizer.ts";
import { byteCharacters, unspell } from "./byte-alphabet.ts";
import { ByteTokenizer } from "./byte-tokenizer.ts";
import { CharacterTokenizer } from "./character-tokenizer.ts";
import { readSentencePiece } from "./read-sentence-piece.ts";
import { readSplitting } from "./read-splitting.ts";
import { checkEnds, readMerges, readVocabulary } from "./read-vocabulary.ts";
import type { Tokenizer } from "./tokenizer.ts";
import { type AddedToken, asObject, type Refuse, refusing } from "./tokenizer-file.ts";

/**
 * Reads a `tokenizer.json`: what our tokenizers write, and byte-level BPE from elsewhere, as that of GPT-2 and Llama 3, or with a
 * fallback to bytes, as that of Llama 2. What
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
  for (const part of ["continuing_subword_prefix", "end_of_word_suffix"]) {
    if ((model[part] ?? "") !== "")
      refuse(`its model has ${part} ${shown(model[part])}, which is not known here.`);
  }
  if ((model["dropout"] ?? 0) !== 0) refuse("its model has dropout, so that a text has many encodings.");
  if (model["byte_fallback"] === true) return readSentencePiece(json, model, refuse);
  checkNormalizer(json, refuse);
  const { tokens, added } = readVocabulary(json, model, refuse);
  checkTokens(tokens, added, refuse);
  const own = asByteTokenizer(tokens, model);
  if (own) return own;
  checkEnds(added, refuse);
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
function checkNormalizer(json: Part, refuse: Refuse): void {
  const normalizer = json["normalizer"] ?? null;
  if (normalizer === null) return;
  const type = asObject(normalizer)["type"];
  refuse(`it has a normalizer (${shown(type)}), which changes text before it is cut. None can be read.`);
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
