import { shown } from "../base/index.ts";
import type { Merge } from "./merger.ts";
import { findSpecial } from "./special-tokens.ts";
import { type AddedToken, asObject, inOrder, type Refuse } from "./tokenizer-file.ts";

type Part = Readonly<Record<string, unknown>>;

/** The tokens of a BPE in the order of their ids, with the added ones among them. */
export function readVocabulary(
  json: Part,
  model: Part,
  refuse: Refuse,
): { tokens: string[]; added: AddedToken[] } {
  const { vocab } = model;
  if (typeof vocab !== "object" || vocab === null) return refuse("its model has no vocab.");
  const added = readAdded(json["added_tokens"], refuse);
  const ids = new Map<string, unknown>(Object.entries(vocab));
  for (const { content, id } of added) {
    const other = ids.get(content) ?? id;
    if (other !== id) refuse(`the added token ${shown(content)} has id ${id}, but ${shown(other)} in vocab.`);
    ids.set(content, id);
  }
  return { tokens: inOrder(ids, refuse), added };
}

/** Where no token ends a text, a model could not stop. */
export function checkEnds(added: readonly AddedToken[], refuse: Refuse): void {
  if (!findSpecial(new Map(added.map(({ content, id }) => [content, id])))) {
    refuse("none of its added_tokens ends a text, as <eos>, <|endoftext|>, <|end_of_text|> or </s> would.");
  }
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

export function readMerges(json: unknown, tokens: readonly string[], refuse: Refuse): Merge[] {
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
