import { Rng } from "../../base/index.ts";
import type { Item } from "../item.ts";
import { makeExam } from "./make-exam.ts";
import { oneOf } from "./one-of.ts";
import type { Pack } from "./pack.ts";
import { tell } from "./story.ts";
import { Talker, Weighted } from "./talk.ts";
import { wordsOf } from "./words.ts";

/** What is made, in rising difficulty. */
export type CorpusKind = "sentences" | "stories" | "questions" | "conversations";

/** With the share of the bytes that each has where nobody says otherwise. */
const SHARES: Readonly<Record<CorpusKind, number>> = {
  sentences: 15,
  stories: 15,
  questions: 35,
  conversations: 35,
};

export const CORPUS_KINDS: readonly CorpusKind[] = ["sentences", "stories", "questions", "conversations"];

/** A piece of a made corpus. */
export interface MadeItem {
  readonly kind: CorpusKind;
  /** What it practises. */
  readonly skills: readonly string[];
  readonly item: Item;
}

export interface MakeOptions {
  /** @default all */
  readonly kinds?: readonly CorpusKind[];
  /** UTF-8 bytes of text, about. */
  readonly bytes: number;
  readonly seed: number;
}

type Made = { readonly skills: readonly string[] } & (
  | { readonly text: string }
  | { readonly messages: ReturnType<Talker["questions"]>["messages"] }
);

/** For a piece of text; a lane that has nothing to say after so many ends. */
const TRIES = 100;

/** Questions that never occur, by their words. */
const blockedOf = new WeakMap<Pack, ReadonlySet<string>>();

function blockedIn(pack: Pack): ReadonlySet<string> {
  const known = blockedOf.get(pack);
  if (known) return known;
  const blocked = new Set(
    makeExam(pack)
      .filter(({ part }) => part !== "seen")
      .map(({ turns }) => wordsOf(turns.at(-1) ?? "")),
  );
  blockedOf.set(pack, blocked);
  return blocked;
}

/**
 * Text to learn from, made of a pack's facts and patterns until so many bytes are there: always the same for the same pack and
 * seed. What the exam keeps for its rephrased, recombined and outside questions never occurs.
 */
export function* makeItems(
  pack: Pack,
  { kinds = CORPUS_KINDS, bytes, seed }: MakeOptions,
): Generator<MadeItem, void> {
  const makers = makersOf(pack, blockedIn(pack));
  const used = CORPUS_KINDS.filter((kind) => kinds.includes(kind));
  // The kind that is furthest behind its share comes next, so that any beginning of a corpus is a small corpus.
  let lanes = used.map((kind) => ({
    kind,
    rng: new Rng(seed, CORPUS_KINDS.indexOf(kind)),
    done: 0,
    lines: 0,
  }));
  for (let all = 0; all < bytes && lanes.length > 0; ) {
    const lane = lanes.reduce((a, b) => (b.done / SHARES[b.kind] < a.done / SHARES[a.kind] ? b : a));
    const made = makers[lane.kind](lane.rng);
    if (!made) {
      // A pack may have no stories, or nothing to say in sentences.
      lanes = lanes.filter((each) => each !== lane);
      continue;
    }
    const place = { file: `${pack.name}/${lane.kind}`, line: ++lane.lines };
    const item: Item =
      "text" in made
        ? { kind: "text", text: made.text, ...place }
        : { kind: "conversation", messages: made.messages, ...place };
    const size = sizeOf(item);
    lane.done += size;
    all += size;
    yield { kind: lane.kind, skills: made.skills, item };
  }
}

/** The packs' text is nearly all ASCII. */
const sizeOf = (item: Item): number =>
  item.kind === "text"
    ? item.text.length + 1
    : item.messages.reduce((sum, { text }) => sum + text.length + 1, 0);

function makersOf(
  pack: Pack,
  blocked: ReadonlySet<string>,
): Record<CorpusKind, (rng: Rng) => Made | undefined> {
  const talker = new Talker(pack, blocked);
  const stating = new Weighted(pack.blocks.filter(({ says }) => says.length > 0));
  const talk = (make: "questions" | "conversation") => (rng: Rng) => {
    for (let tries = 0; tries < TRIES; tries++) {
      const { messages, skills } = talker[make](rng);
      if (messages.length > 0) return { messages, skills: [...skills] };
    }
    return undefined;
  };
  return {
    sentences: (rng) => {
      for (let tries = 0; tries < TRIES; tries++) {
        const made = statements(stating, rng);
        if (made && made.text !== "" && !blocked.has(wordsOf(made.text))) return made;
      }
      return undefined;
    },
    stories: (rng) => {
      if (pack.stories.length === 0) return undefined;
      for (let tries = 0; tries < TRIES; tries++) {
        const story = oneOf(pack.stories, rng);
        const text = tell(story, rng);
        if (text !== "") return { text, skills: [story.name] };
      }
      return undefined;
    },
    questions: talk("questions"),
    conversations: talk("conversation"),
  };
}

/** One fact in several ways, or several facts of a kind. */
function statements(blocks: Weighted, rng: Rng): (Made & { readonly text: string }) | undefined {
  const block = blocks.draw(rng);
  const same = rng.uniform() < 0.5;
  const first = block?.variables.draw(rng);
  if (!block || !first) return undefined;
  const sentences = new Set<string>();
  for (let i = rng.uniform() < 0.4 ? 1 : 2 + rng.below(3); i > 0; i--) {
    const binding = same ? first : (block.variables.draw(rng) ?? first);
    sentences.add(oneOf(block.says, rng).write(binding, rng));
  }
  return { text: [...sentences].join(" "), skills: [block.skill] };
}
