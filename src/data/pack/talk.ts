import type { Rng } from "../../base/index.ts";
import type { Message } from "../item.ts";
import type { Block, Exchange } from "./block.ts";
import { Messy } from "./mess.ts";
import { oneOf } from "./one-of.ts";
import type { Pack } from "./pack.ts";
import { type Binding, namesIn } from "./row.ts";
import { wordsOf } from "./words.ts";

/** What was said, and what it practises. */
export interface Talk {
  readonly messages: Message[];
  readonly skills: Set<string>;
}

/** Something to be asked later in a conversation. */
interface Pending {
  readonly block: Block;
  readonly exchange: Exchange;
  readonly binding: Binding;
  /** How many of the user's turns were said when it is due. */
  readonly due: number;
}

const MOST_TURNS = 12;
/** Of exchanges, those about what is out of the world. */
const OUTSIDE_SHARE = 0.13;
/** Facts beyond these do not make a block come more often. */
const MOST_FACTS = 400;
const TRIES = 40;
/** How often what was asked for is asked for again. */
const AGAIN = 0.25;

/** Makes conversations of a pack: never with what is held back for the exam. */
export class Talker {
  readonly #blocks: Record<"start" | "end" | "single" | "several" | "outside" | "memory", Weighted>;
  readonly #messy: Messy;
  readonly #blocked: ReadonlySet<string>;

  /** @param blocked What nobody ever says, by its words. */
  constructor(pack: Pick<Pack, "blocks" | "manners">, blocked: ReadonlySet<string>) {
    const of = (fits: (block: Block) => boolean): Weighted =>
      new Weighted(pack.blocks.filter((block) => block.turns.length > 0 && fits(block)));
    const middle = ({ place, outside }: Block): boolean => place === "middle" && !outside;
    this.#blocks = {
      start: of(({ place }) => place === "start"),
      end: of(({ place }) => place === "end"),
      outside: of(({ outside }) => outside),
      memory: of((block) => middle(block) && block.later !== undefined),
      several: of((block) => middle(block) && !block.later && block.turns.length > 1),
      single: of((block) => middle(block) && !block.later && block.turns.length === 1),
    };
    this.#messy = new Messy(pack.manners);
    this.#blocked = blocked;
  }

  /** One question with its answer, or up to three that have nothing to do with each other. */
  questions(rng: Rng): Talk {
    const talk: Talk = { messages: [], skills: new Set() };
    const used = new Set<string>();
    const many = rng.uniform() < 0.6 ? 1 : 2 + rng.below(2);
    const { start, end, single, outside } = this.#blocks;
    for (let i = 0; i < many; i++) {
      const drawn = rng.uniform() - OUTSIDE_SHARE;
      const from = drawn < 0 ? outside : drawn < 0.03 ? start : drawn < 0.05 ? end : single;
      this.#add(talk, from, rng, used);
    }
    return talk;
  }

  /** A conversation of two to twelve turns of the user: greetings, questions, what was told and is asked for later, a goodbye. */
  conversation(rng: Rng): Talk {
    const talk: Talk = { messages: [], skills: new Set() };
    const told = new Set<string>();
    const ends = rng.uniform() < 0.3;
    const turns = turnsOf(rng) - (ends ? 1 : 0);
    let pending: readonly Pending[] = [];
    if (rng.uniform() < 0.4) pending = this.#begin(talk, this.#blocks.start, pending, told, rng);
    for (let tries = 0; tries < TRIES && (turnsIn(talk) < turns || pending.length > 0); tries++) {
      pending = this.#goOn(talk, pending, turns, told, rng);
    }
    if (ends) this.#add(talk, this.#blocks.end, rng, told);
    return talk;
  }

  /** Asks for what was told, where that is due, or goes on with something else. @returns What is to be asked later. */
  #goOn(
    talk: Talk,
    pending: readonly Pending[],
    turns: number,
    told: Set<string>,
    rng: Rng,
  ): readonly Pending[] {
    const due = pending.find((each) => each.due <= turnsIn(talk) || turnsIn(talk) >= turns);
    if (!due) return this.#begin(talk, this.#next(rng), pending, told, rng);
    talk.messages.push(...(this.exchange(due.block, due.exchange, due.binding, rng) ?? []));
    const rest = pending.filter((each) => each !== due);
    const again = turnsIn(talk) < turns && rng.uniform() < AGAIN;
    return again ? [...rest, { ...due, due: turnsIn(talk) + 1 + rng.below(5) }] : rest;
  }

  /** Adds a block, and what it tells to what is asked for later. */
  #begin(
    talk: Talk,
    from: Weighted,
    pending: readonly Pending[],
    told: Set<string>,
    rng: Rng,
  ): readonly Pending[] {
    const made = this.#add(talk, from, rng, told);
    return made ? [...pending, { ...made, due: turnsIn(talk) + rng.below(6) }] : pending;
  }

  /** What a conversation goes on with. */
  #next(rng: Rng): Weighted {
    const { single, several, outside, memory } = this.#blocks;
    const drawn = rng.uniform();
    if (drawn < 0.24) return memory;
    if (drawn < 0.24 + OUTSIDE_SHARE) return outside;
    return drawn < 0.55 ? several : single;
  }

  /** Adds one block's exchanges. @returns What is to be asked later. */
  #add(talk: Talk, from: Weighted, rng: Rng, told: Set<string>): Omit<Pending, "due"> | undefined {
    const block = from.draw(rng);
    if (!block || (block.later && told.has(block.skill)) || block.unless.some((skill) => told.has(skill)))
      return undefined;
    const binding = this.trainable(block, rng);
    if (!binding) return undefined;
    const messages: Message[] = [];
    for (const exchange of block.turns) {
      const said = this.exchange(block, exchange, binding, rng);
      if (!said) return undefined;
      messages.push(...said);
    }
    talk.messages.push(...messages);
    talk.skills.add(block.skill);
    if (block.unless.length === 0) told.add(block.skill);
    if (!block.later) return undefined;
    return { block, exchange: block.later, binding };
  }

  /** A fact of a block that may be asked in training. */
  trainable(block: Block, rng: Rng): Binding | undefined {
    for (let i = 0; i < TRIES; i++) {
      const binding = block.variables.draw(rng);
      if (!binding) return undefined;
      if (!block.holdsFact(binding)) return binding;
    }
    return undefined;
  }

  /** A question with its answer, by patterns that may occur in training. */
  exchange(block: Block, { asks, answers }: Exchange, binding: Binding, rng: Rng): Message[] | undefined {
    for (let i = 0; i < TRIES; i++) {
      const { pattern, held } = oneOf(asks, rng);
      if (held) continue;
      const plain = pattern.write(binding, rng);
      const user = block.mess ? this.#messy.write(plain, namesIn(binding), rng) : plain;
      const answer = oneOf(answers, rng).write(binding, rng);
      if ([plain, user, answer].some((text) => this.#blocked.has(wordsOf(text)))) continue;
      return [
        { role: "user", text: user },
        { role: "assistant", text: answer },
      ];
    }
    return undefined;
  }
}

/** Turns of the user so far. */
const turnsIn = ({ messages }: Talk): number => messages.length / 2;

function turnsOf(rng: Rng): number {
  let turns = 2 + rng.below(3);
  while (turns < MOST_TURNS && rng.uniform() < 0.6) turns++;
  return turns;
}

/** Blocks by how often they come: their weight, times the root of how many facts they have. */
export class Weighted {
  readonly #blocks: readonly Block[];
  readonly #sums: readonly number[];

  constructor(blocks: readonly Block[]) {
    this.#blocks = blocks.filter(({ weight }) => weight > 0);
    let sum = 0;
    this.#sums = this.#blocks.map(({ weight, variables }) => {
      const facts = Math.min(MOST_FACTS, variables.listed?.length ?? MOST_FACTS);
      sum += weight * Math.sqrt(Math.max(1, facts));
      return sum;
    });
  }

  draw(rng: Rng): Block | undefined {
    const at = rng.uniform() * (this.#sums.at(-1) ?? 0);
    let [low, high] = [0, this.#sums.length - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#sums[middle] ?? 0) > at) high = middle;
      else low = middle + 1;
    }
    return this.#blocks[low];
  }
}
