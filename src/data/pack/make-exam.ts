import { Rng } from "../../base/index.ts";
import { type Block, type Exchange, oneOf, ruleFor } from "./block.ts";
import type { ExamCase, ExamPart } from "./exam-case.ts";
import { hashOfText } from "./hash-of-text.ts";
import { Messy } from "./mess.ts";
import type { Pack } from "./pack.ts";
import type { Binding } from "./row.ts";
import { Talker, Weighted } from "./talk.ts";
import { wordsOf } from "./words.ts";

export interface ExamOptions {
  /** Questions of each skill and part, at the most. @default 20 */
  readonly perPart?: number;
}

const PER_PART = 20;
/** Draws for each question that is wanted. */
const TRIES = 40;
/** The most turns of the user between telling and asking. */
const MOST_BETWEEN = 5;

/**
 * The exam of a pack: for each skill questions that occur in training, such with other words, such about facts that are never
 * asked for there, and such about what is out of the world. The same pack always has the same exam.
 *
 * Where the last question does not name its fact ("What color is it?"), a recombined one is rephrased as well: no question of the
 * rephrased, recombined and outside parts stands in training.
 */
export function makeExam(pack: Pack, { perPart = PER_PART }: ExamOptions = {}): ExamCase[] {
  const messy = new Messy(pack.manners);
  const talker = new Talker(pack, new Set());
  const fillers = new Weighted(pack.blocks.filter(isFiller));
  const cases: ExamCase[] = [];
  const skills = new Map<string, Block[]>();
  for (const block of pack.blocks) {
    if (graded(block)?.rule) skills.set(block.skill, [...(skills.get(block.skill) ?? []), block]);
  }
  for (const [skill, blocks] of skills) {
    const weighted = new Weighted(blocks);
    for (const part of partsOf(blocks)) {
      const rng = new Rng(pack.manners.split, hashOfText(`${skill}/${part}`) | 0);
      const asked = new Set<string>();
      for (let i = 0; i < perPart * TRIES && asked.size < perPart; i++) {
        const block = weighted.draw(rng);
        const made =
          block &&
          makeCase(block, part, { rng, messy, talker, fillers, distance: asked.size % (MOST_BETWEEN + 1) });
        if (!made) continue;
        const key = made.turns.map(wordsOf).join("\n");
        if (asked.has(key)) continue;
        asked.add(key);
        cases.push({ id: `${skill}/${part}/${asked.size}`, ...made });
      }
    }
  }
  return cases;
}

const graded = (block: Block): Exchange | undefined => block.later ?? block.turns.at(-1);

const partsOf = (blocks: readonly Block[]): readonly ExamPart[] =>
  blocks.every(({ outside }) => outside) ? ["outside"] : ["seen", "rephrased", "recombined"];

/** Said between telling and asking: short exchanges that tell nothing of the user. */
const isFiller = ({ turns, later, unless, outside, place }: Block): boolean =>
  turns.length === 1 && !later && !unless && !outside && place === "middle";

interface CaseContext {
  readonly rng: Rng;
  readonly messy: Messy;
  readonly talker: Talker;
  readonly fillers: Weighted;
  /** Turns between telling and asking. */
  readonly distance: number;
}

function makeCase(block: Block, part: ExamPart, context: CaseContext): Omit<ExamCase, "id"> | undefined {
  const { rng, messy, talker, fillers, distance } = context;
  const exchange = graded(block);
  const binding = block.variables.draw(rng);
  if (!exchange?.rule || !binding || block.outside !== (part === "outside")) return undefined;
  const fact = block.holdsFact(binding);
  // A question that stands alone names its fact; one after others may not, and then has to be new itself.
  const alone = block.turns.length === 1 && !block.later;
  const { pattern, held } = oneOf(exchange.asks, rng);
  const fits = {
    seen: !fact && !held,
    rephrased: !fact && held,
    recombined: fact && held === !alone,
    outside: fact || held,
  }[part];
  if (!fits) return undefined;
  const turns: string[] = [];
  for (const before of block.later ? block.turns : block.turns.slice(0, -1)) {
    const asks = before.asks.filter((each) => !each.held);
    if (asks.length === 0) return undefined;
    turns.push(oneOf(asks, rng).pattern.write(binding, rng));
  }
  const between = block.later ? distance : 0;
  for (let i = 0; i < between; i++) {
    const filler = said(talker, fillers, rng);
    if (filler === undefined) return undefined;
    turns.push(filler);
  }
  const plain = pattern.write(binding, rng);
  const asked = part === "rephrased" && block.mess ? messy.write(plain, rng) : plain;
  const rule = ruleFor(exchange.rule, binding, asked);
  return {
    ...{ skill: block.skill, part, rule },
    turns: [...turns, asked],
    ...(block.later && { distance: between + 1 }),
  };
}

function said(talker: Talker, fillers: Weighted, rng: Rng): string | undefined {
  const block = fillers.draw(rng);
  const binding: Binding | undefined = block && talker.trainable(block, rng);
  const [exchange] = block?.turns ?? [];
  return block && binding && exchange && talker.exchange(block, exchange, binding, rng)?.[0]?.text;
}
