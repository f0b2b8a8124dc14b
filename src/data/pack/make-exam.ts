import { Rng } from "../../base/index.ts";
import { type Block, type Exchange, ruleFor } from "./block.ts";
import type { ExamCase, ExamPart, Rule } from "./exam-case.ts";
import { hashOfText } from "./hash-of-text.ts";
import { Messy } from "./mess.ts";
import { oneOf } from "./one-of.ts";
import type { Pack } from "./pack.ts";
import { type Binding, namesIn } from "./row.ts";
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
  const skills = new Map<string, Block[]>();
  for (const block of pack.blocks) {
    if (graded(block)?.rule) skills.set(block.skill, [...(skills.get(block.skill) ?? []), block]);
  }
  return [...skills].flatMap(([skill, blocks]) =>
    partsOf(blocks).flatMap((part) => {
      const rng = new Rng(pack.manners.split, hashOfText(`${skill}/${part}`) | 0);
      return drawCases(new Weighted(blocks), part, perPart, { rng, messy, talker, fillers });
    }),
  );
}

/** Different questions of one skill and part, as many as are wanted or can be found. */
function drawCases(blocks: Weighted, part: ExamPart, many: number, tools: CaseTools): ExamCase[] {
  const cases = new Map<string, ExamCase>();
  for (let i = 0; i < many * TRIES && cases.size < many; i++) {
    const block = blocks.draw(tools.rng);
    const made = block && makeCase(block, part, cases.size % (MOST_BETWEEN + 1), tools);
    if (!made) continue;
    const key = made.turns.map(wordsOf).join("\n");
    if (!cases.has(key)) cases.set(key, { id: `${made.skill}/${part}/${cases.size + 1}`, ...made });
  }
  return [...cases.values()];
}

const graded = (block: Block): Exchange | undefined => block.later ?? block.turns.at(-1);

const partsOf = (blocks: readonly Block[]): readonly ExamPart[] =>
  blocks.every(({ outside }) => outside) ? ["outside"] : ["seen", "rephrased", "recombined"];

/** Said between telling and asking: short exchanges that tell nothing of the user. */
const isFiller = ({ turns, later, unless, outside, place }: Block): boolean =>
  turns.length === 1 && !later && unless.length === 0 && !outside && place === "middle";

interface CaseTools {
  readonly rng: Rng;
  readonly messy: Messy;
  readonly talker: Talker;
  readonly fillers: Weighted;
}

/** @param between Turns between telling and asking. */
function makeCase(
  block: Block,
  part: ExamPart,
  between: number,
  { rng, messy, talker, fillers }: CaseTools,
): Omit<ExamCase, "id"> | undefined {
  const exchange = graded(block);
  const binding = block.variables.draw(rng);
  if (!exchange?.rule || !binding) return undefined;
  const { pattern, held } = oneOf(exchange.asks, rng);
  if (!belongs(block, part, block.holdsFact(binding), held)) return undefined;
  const told = (block.later ? block.turns : block.turns.slice(0, -1)).map(({ asks }) => {
    const fine = asks.filter((each) => !each.held);
    return fine.length > 0 ? oneOf(fine, rng).pattern.write(binding, rng) : undefined;
  });
  const plain = pattern.write(binding, rng);
  const asked = part === "rephrased" && block.mess ? messy.write(plain, namesIn(binding), rng) : plain;
  const rule = ruleFor(exchange.rule, binding, asked);
  const apart = Array.from({ length: block.later ? between : 0 }, () => said(talker, fillers, rule, rng));
  const before = [...told, ...apart].filter((turn) => turn !== undefined);
  if (before.length < told.length + apart.length) return undefined;
  const turns = [...before, asked];
  return { skill: block.skill, part, rule, turns, ...(block.later && { distance: apart.length + 1 }) };
}

/** Whether a question by a fact and a pattern, each of them held back or not, is one of this part. */
function belongs({ outside, turns, later }: Block, part: ExamPart, fact: boolean, pattern: boolean): boolean {
  if (outside || part === "outside") return outside && part === "outside" && (fact || pattern);
  if (part === "seen") return !fact && !pattern;
  if (part === "rephrased") return !fact && pattern;
  // A question that stands alone names its fact; one after others may not, and then has to be new itself.
  const alone = turns.length === 1 && !later;
  return fact && pattern === !alone;
}

/** Something else that a user says, which mentions nothing that could be taken for the answer. */
function said(talker: Talker, fillers: Weighted, { right, wrong }: Rule, rng: Rng): string | undefined {
  const block = fillers.draw(rng);
  const binding: Binding | undefined = block && talker.trainable(block, rng);
  const [exchange] = block?.turns ?? [];
  const text = block && binding && exchange && talker.exchange(block, exchange, binding, rng)?.[0]?.text;
  const words = ` ${wordsOf(text ?? "")} `;
  return [...right.flat(), ...wrong].some((each) => words.includes(` ${wordsOf(each)} `)) ? undefined : text;
}
