import { ParrotletError } from "../../base/index.ts";
import { gpt2TokenizerJson, type Tokenizer, tokenizerFromJson } from "../../text/index.ts";
import { type ModelSource, readObject, readText } from "./model-source.ts";

/**
 * The tokenizer of a folder: `tokenizer.json`, or GPT-2's `vocab.json` with `merges.txt`.
 *
 * @throws {ParrotletError} `tokenizer-invalid`, `import-refused`, `config-invalid`.
 */
export async function importTokenizer(source: ModelSource): Promise<Tokenizer> {
  const file = source.files.get("tokenizer.json");
  if (file) return tokenizerFromJson(await readObject(source, "tokenizer.json"), file.name);
  const [vocab, merges] = [await readObject(source, "vocab.json"), await readText(source, "merges.txt")];
  if (vocab && merges !== undefined)
    return tokenizerFromJson(gpt2TokenizerJson(vocab, merges), `${source.name}, vocab.json and merges.txt`);
  const has = source.files.has("tokenizer.model")
    ? "tokenizer.model alone, which only SentencePiece reads"
    : "neither tokenizer.json nor vocab.json with merges.txt";
  const message =
    `${source.name} has ${has}. Let Python write a tokenizer.json: from transformers import AutoTokenizer as T; ` +
    `T.from_pretrained(${JSON.stringify(source.name)}, use_fast=True).save_pretrained(${JSON.stringify(source.name)})`;
  throw new ParrotletError("import-refused", message);
}

/** More is no template that a person wrote. */
const LONGEST = 1 << 16;

/** The chat template of a folder, for other programs; `undefined` where there is none. It is text here, and never run. */
export async function importChatTemplate(source: ModelSource): Promise<string | undefined> {
  const template =
    (await readText(source, "chat_template.jinja")) ??
    (await readObject(source, "tokenizer_config.json").catch(() => undefined))?.["chat_template"];
  return typeof template === "string" && template.length <= LONGEST ? template : undefined;
}
