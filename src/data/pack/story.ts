import { ParrotletError, type Rng } from "../../base/index.ts";
import { oneOf } from "./one-of.ts";
import { explained, fields, label, texts } from "./pack-file.ts";
import type { Pattern } from "./pattern.ts";
import { PatternsOf } from "./patterns-of.ts";
import type { BlockContext } from "./read-block.ts";
import { readSources, Variables } from "./variables.ts";
import { asSentences, sentencesOf } from "./words.ts";

/** A story that can be told in many ways: parts in order, one version of each. */
export interface Story {
  readonly name: string;
  readonly variables: Variables;
  readonly parts: readonly (readonly Pattern[])[];
}

type Fail = (what: string) => never;

/** Reads a story of a pack. @returns None where the character lacks what it tells of. */
export function readStory(
  value: unknown,
  { tables, records, surroundings }: BlockContext,
  fail: Fail,
): readonly Story[] {
  const story = fields(value, ["story", "let", "where", "parts"], fail);
  const named = readSources(story.get("let"));
  const parts = story.get("parts");
  if (!Array.isArray(parts) || parts.length === 0)
    return fail("a story needs parts: a list of lists of sentences.");
  if (parts.some((part: unknown) => texts(part, "parts", fail).length === 0))
    fail("a part of a story is empty.");
  const patterns = new PatternsOf(named.keys(), surroundings, fail);
  const read = parts.map((part: unknown) => patterns.read(part, "parts"));
  if (read.flat().some(({ names }) => names.has("story") && !named.has("story")))
    fail("{story} in a story would have no end.");
  const where = texts(story.get("where"), "where", fail);
  const variables = explained(
    () => new Variables(named, where, tables, records, patterns.conditions()),
    fail,
  );
  const made = { name: label(story.get("story"), "story", fail), variables, parts: read };
  return variables.listed?.length === 0 || read.some((part) => part.length === 0) ? [] : [made];
}

/** Tells a story in one of its ways. */
export function tell(story: Story, rng: Rng): string {
  const binding = story.variables.draw(rng);
  if (!binding) return "";
  return asSentences(story.parts.map((part) => oneOf(part, rng).raw(binding, rng)).join(" "));
}

const SHORT = 5;
const TRIES = 12;

/** `{story}`: a short one. */
export const storyPattern = (stories: readonly Story[]): Pattern => ({
  source: "{story}",
  names: new Set(),
  attributes: new Set(),
  size: 1,
  write: (_, rng) => shortStory(stories, rng),
  raw: (_, rng) => shortStory(stories, rng),
  versions: () => [],
});

function shortStory(stories: readonly Story[], rng: Rng): string {
  if (stories.length === 0)
    throw new ParrotletError(
      "pack-invalid",
      "There is no story for {story}: stories/ has none for this character.",
    );
  let shortest = "";
  for (let i = 0; i < TRIES; i++) {
    const told = tell(oneOf(stories, rng), rng);
    if (sentencesOf(told) <= SHORT) return told;
    if (shortest === "" || told.length < shortest.length) shortest = told;
  }
  return shortest;
}
