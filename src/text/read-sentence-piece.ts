import { shown } from "../base/index.ts";
import { checkEnds, readMerges, readVocabulary } from "./read-vocabulary.ts";
import { byteNames, SentencePieceTokenizer, SPACE, type Spaces } from "./sentence-piece-tokenizer.ts";
import type { Tokenizer } from "./tokenizer.ts";
import { asObject, type Refuse } from "./tokenizer-file.ts";

type Part = Readonly<Record<string, unknown>>;

/**
 * Reads a `tokenizer.json` whose BPE falls back to bytes, as those of Llama 2 and TinyStories.
 *
 * @param refuse Called for what would give other tokens here than elsewhere.
 */
export function readSentencePiece(json: Part, model: Part, refuse: Refuse): Tokenizer {
  if (model["ignore_merges"] === true) refuse("its model has byte_fallback and ignore_merges: not both.");
  const { tokens, added } = readVocabulary(json, model, refuse);
  checkEnds(added, refuse);
  const known = new Set(tokens);
  const missing = byteNames.find((name) => !known.has(name));
  if (missing) refuse(`it has no token ${missing}, so that it does not know every text.`);
  const empty = tokens.indexOf("");
  if (empty >= 0) refuse(`token ${empty} is empty.`);
  const names = new Set(added.map(({ content }) => content));
  const taken = byteNames.find((name) => names.has(name));
  if (taken) refuse(`${taken} is one of its added_tokens; it must be a byte.`);
  return new SentencePieceTokenizer({
    tokens,
    added,
    merges: readMerges(model["merges"], tokens, refuse),
    spaces: readSpaces(json, refuse),
    model: withoutTables(model),
  });
}

const withoutTables = ({ vocab: _, merges: __, ...model }: Part): Part => ({ type: "BPE", ...model });

function readSpaces(json: Part, refuse: Refuse): Spaces {
  const { normalizer = null, pre_tokenizer: cutting = null, decoder = null } = json;
  const prepended = readNormalizer(normalizer, refuse);
  const metaspace = readMetaspace(cutting, refuse);
  if (prepended === undefined && !metaspace)
    refuse("it has neither a normalizer nor a Metaspace that writes spaces.");
  const prefix = prepended ? "always" : (metaspace?.prefix ?? "never");
  const stripped = readDecoder(decoder, refuse);
  return {
    prefix,
    split: metaspace?.split ?? false,
    stripped,
    json: { normalizer, pre_tokenizer: cutting, decoder },
  };
}

const typeOf = (part: unknown): string => shown(asObject(part)["type"] ?? part);

/** The parts of a `Sequence`, or the one part that there is. */
function partsOf(json: unknown, list: string): Part[] {
  if (json === null) return [];
  const parts = asObject(json)["type"] === "Sequence" ? asObject(json)[list] : [json];
  return Array.isArray(parts) ? parts.map(asObject) : [];
}

/** Whether a space is put before each text; `undefined` where there is no normalizer. */
function readNormalizer(json: unknown, refuse: Refuse): boolean | undefined {
  const parts = partsOf(json, "normalizers");
  for (const part of parts) {
    const isPrepend = part["type"] === "Prepend" && part["prepend"] === SPACE;
    if (!isPrepend && !isReplace(part, " ", SPACE)) {
      refuse(
        `its normalizer has ${typeOf(part)}; with byte_fallback, Prepend ${SPACE} and Replace can be read.`,
      );
    }
  }
  const prepends = parts.filter(({ type }) => type === "Prepend").length;
  if (prepends > 1 || (parts.length > 0 && prepends === parts.length))
    refuse(`its normalizer is ${typeOf(json)}; it must replace spaces, and prepend at most one ${SPACE}.`);
  return parts.length > 0 ? prepends === 1 : undefined;
}

const isReplace = ({ type, pattern, content }: Part, from: string, to: string): boolean =>
  type === "Replace" && asObject(pattern)["String"] === from && content === to;

function readMetaspace(json: unknown, refuse: Refuse): Pick<Spaces, "prefix" | "split"> | undefined {
  const [part, other] = partsOf(json, "pretokenizers");
  if (!part) return undefined;
  if (other || part["type"] !== "Metaspace" || part["replacement"] !== SPACE) {
    return refuse(
      `its pre_tokenizer is ${typeOf(part)}; with byte_fallback, Metaspace with ${SPACE} can be read.`,
    );
  }
  const { add_prefix_space: adds = true, split = true } = part;
  const { prepend_scheme: scheme = adds === false ? "never" : "always" } = part;
  if (typeof split !== "boolean" || !["always", "first", "never"].includes(String(scheme)))
    return refuse(`its Metaspace has the prepend_scheme ${shown(scheme)} and split ${shown(split)}.`);
  return { prefix: scheme === "never" ? "never" : "unless-there", split };
}

/** Whether a space at the beginning is left out. */
function readDecoder(json: unknown, refuse: Refuse): boolean {
  const steps = partsOf(json, "decoders").map(
    (part) => decoderStep(part) ?? refuse(`its decoder has ${typeOf(part)}, which is not known here.`),
  );
  const all = steps.join(" ");
  if (!all.includes("spaces")) refuse(`its decoder is ${typeOf(json)}; it must write spaces for ${SPACE}.`);
  return all.includes("strip");
}

/** What a part of a decoder does that is not done anyway; `undefined` where it is not known. */
function decoderStep(part: Part): string | undefined {
  switch (part["type"]) {
    case "ByteFallback":
    case "Fuse":
      return "";
    case "Replace":
      return isReplace(part, SPACE, " ") ? "spaces" : undefined;
    case "Strip": {
      const { content, start, stop } = part;
      return content === " " && start === 1 && stop === 0 ? "strip" : undefined;
    }
    case "Metaspace": {
      const never = part["prepend_scheme"] === "never" || part["add_prefix_space"] === false;
      if (part["replacement"] !== SPACE) return undefined;
      return never ? "spaces" : "spaces strip";
    }
    default:
      return undefined;
  }
}
