import type { ConversationPart, StorePart, TextPart } from "../data/index.ts";
import type { Tokenizer } from "../text/index.ts";

/** How many prompts are chosen, and how long they may be, in characters. */
const PROMPTS = 3;
const LONGEST = { text: 40, question: 100 } as const;
/** Tokens of a passage in which a good beginning is looked for. */
const PASSAGE = 400;
/** Conversations that are looked at. */
const MOST_TRIED = 200;
/** Bytes that are not UTF-8, for example a character of which a passage holds the second half. */
const BROKEN = "\ufffd";

export interface SamplePromptsOptions {
  readonly tokenizer: Tokenizer;
  /** Tokens; a prompt takes half of them at the most. */
  readonly contextWindow: number;
}

/**
 * What a model is asked to go on with at each checkpoint, where a recipe names nothing: of conversations what the person says
 * first, in the first of them that are short enough; of text the first words of a document, else of a line, at the
 * beginning, after a third and after two thirds. The same data give the same prompts; where there is nothing fit, there are fewer, or none.
 */
export function samplePrompts(validation: readonly StorePart[], options: SamplePromptsOptions): string[] {
  const found = new Set<string>();
  const questions = validation.flatMap(({ conversations }) => (conversations ? [conversations] : []));
  const texts = validation.flatMap(({ text }) => (text ? [text] : []));
  const candidates = questions.length > 0 ? questions.map(openings) : texts.map(beginnings);
  // One of each source in turn, so that every source of a mixture is heard.
  const sources = candidates.map((candidate) => candidate(options));
  for (let left = sources; left.length > 0 && found.size < PROMPTS; ) {
    left = left.filter((source) => {
      const { value, done } = source.next();
      if (value !== undefined && found.size < PROMPTS) found.add(value);
      return !done;
    });
  }
  return [...found];
}

/** The first turns of a person. */
const openings = ({ lane, pieces }: ConversationPart) =>
  function* ({ tokenizer, contextWindow }: SamplePromptsOptions): Generator<string, void> {
    const { user, assistant } = tokenizer.special;
    for (const piece of pieces.subarray(0, MOST_TRIED)) {
      if (!lane.pieces.beginsDocument(piece)) continue;
      const ids = new Int32Array(lane.pieces.length(piece));
      lane.read(lane.pieces.start(piece), ids);
      const from = ids.indexOf(user ?? -1);
      const to = ids.indexOf(assistant ?? -1);
      if (from < 0 || to <= from || to > contextWindow / 2) continue;
      const text = tokenizer.decode(ids.subarray(from + 1, to));
      if (text.trim() !== "" && text.length <= LONGEST.question && !text.includes(BROKEN)) yield text;
    }
  };

/** The first words of some passages. */
const beginnings = (part: TextPart) =>
  function* ({ tokenizer, contextWindow }: SamplePromptsOptions): Generator<string, void> {
    const most = Math.floor(contextWindow / 2);
    for (let number = 0; number < PROMPTS; number++) {
      const from = Math.floor((number * part.tokens) / PROMPTS);
      const ids = new Int32Array(Math.min(PASSAGE, part.tokens - from));
      part.read(from, ids);
      const begun = ids.indexOf(tokenizer.special.bos);
      const end = ids.indexOf(tokenizer.special.eos, begun + 1);
      const passage = tokenizer.decode(ids.subarray(begun + 1, end < 0 ? undefined : end));
      const text = firstWords(begun < 0 ? afterBreak(passage) : passage);
      const fitting = shortened(text, (start) => tokenizer.encode(start).length <= most);
      if (fitting !== "") yield fitting;
    }
  };

/** A passage from its first whole line on, or where it is one line alone, from its first whole word on. */
const afterBreak = (passage: string): string =>
  passage.slice(passage.indexOf(passage.includes("\n") ? "\n" : " ") + 1);

/** How a text's first line begins. */
function firstWords(text: string): string {
  const line = text.split("\n").find((each) => each.trim() !== "") ?? "";
  const clean = line.trim().split(BROKEN)[0] ?? "";
  if (clean.length <= LONGEST.text) return clean;
  const start = Array.from(clean).slice(0, LONGEST.text).join("");
  const space = start.lastIndexOf(" ");
  return (space > 0 ? start.slice(0, space) : start).trim();
}

/** As much of a text as is accepted: half of it, or half of that. */
function shortened(text: string, accepts: (text: string) => boolean): string {
  let start = text;
  while (start !== "" && !accepts(start)) {
    const characters = Array.from(start);
    start = characters
      .slice(0, characters.length >> 1)
      .join("")
      .trim();
  }
  return start;
}
