import { generationConfig } from "../../generate/index.ts";
import type { ChatMessage } from "../backend.ts";
import { PromptTooLongError } from "../errors.ts";

export interface BudgetOptions<M extends ChatMessage> {
  /** The tokens of the prompt that messages make, exactly as they will be sent. May be slow; it is asked seldom. */
  readonly count: (messages: readonly M[]) => number | Promise<number>;
  /** Is never dropped. */
  readonly system?: M | undefined;
  /** The oldest first; the last is the user's, or the assistant's that is to be gone on with. */
  readonly messages: readonly M[];
  /** Room for the reply. @default undefined: chosen, see `fitBudget` */
  readonly maxNewTokens?: number | undefined;
  /** The reply gets all the room that is left, up to this. @default the default of the config, or half of the window */
  readonly usualNewTokens?: number | undefined;
  readonly contextWindow: number;
}

export interface Budget<M extends ChatMessage> {
  /** What is to be sent: what the system says, and the newest messages. */
  readonly kept: readonly M[];
  /** The oldest messages, in whole exchanges. */
  readonly dropped: readonly M[];
  readonly promptTokens: number;
  readonly maxNewTokens: number;
}

/** A reply of fewer tokens is none. */
const FEWEST_NEW_TOKENS = 8;

/**
 * The messages that a model can see, so that prompt and `maxNewTokens` never exceed its context window. Whole exchanges go, the
 * oldest first: a message of the user with all that follows up to the user's next one. The system's message never goes, nor the
 * newest exchange. No more goes than must.
 *
 * Where nobody asked for `maxNewTokens`, exchanges go until there is room for the default or half of the window, whichever is
 * less. Where none is left that could go, the reply gets what room there is, if that is 8 tokens (or all that was wanted).
 *
 * @throws {PromptTooLongError} Where not even what never goes fits.
 */
export async function fitBudget<M extends ChatMessage>(options: BudgetOptions<M>): Promise<Budget<M>> {
  const { system, messages, contextWindow, maxNewTokens: asked } = options;
  const usual = options.usualNewTokens ?? generationConfig().maxNewTokens;
  const wanted = asked ?? Math.max(1, Math.min(usual, Math.floor(contextWindow / 2)));
  const starts = exchangeStarts(messages);
  const counts = new Map<number, number>();
  const withNewest = (exchanges: number): readonly M[] => {
    const kept = messages.slice(starts.at(-exchanges) ?? 0);
    return system ? [system, ...kept] : kept;
  };
  const tokensOf = async (exchanges: number): Promise<number> => {
    const tokens = counts.get(exchanges) ?? (await options.count(withNewest(exchanges)));
    counts.set(exchanges, tokens);
    return tokens;
  };
  const fits = async (exchanges: number): Promise<boolean> =>
    (await tokensOf(exchanges)) + wanted <= contextWindow;
  const all = Math.max(1, starts.length);
  const short = lengthOf(messages) <= LETTERS_OF_TOKEN * contextWindow;
  const exchanges = short && (await fits(all)) ? all : await mostThatFit(fits, all, short);
  const keeps = Math.max(1, exchanges);
  const promptTokens = await tokensOf(keeps);
  const fewest = asked ?? Math.min(wanted, FEWEST_NEW_TOKENS);
  const left = contextWindow - promptTokens;
  const fills = asked === undefined && options.usualNewTokens !== undefined;
  const maxNewTokens = fills ? Math.min(usual, left) : exchanges > 0 ? wanted : left;
  if (maxNewTokens < fewest)
    throw new PromptTooLongError({ promptTokens, maxNewTokens: fewest, contextWindow });
  const dropped = messages.slice(0, starts.at(-keeps) ?? 0);
  return { kept: withNewest(keeps), dropped, promptTokens, maxNewTokens };
}

/** Where a history has fewer letters for each token of the window, it may well fit as a whole. */
const LETTERS_OF_TOKEN = 8;

const lengthOf = (messages: readonly ChatMessage[]): number =>
  messages.reduce((sum, { text }) => sum + text.length, 0);

/** Where exchanges begin. What stands before the user's first message is one, too. */
function exchangeStarts(messages: readonly ChatMessage[]): number[] {
  return messages.flatMap(({ role }, index) => (role === "user" || index === 0 ? [index] : []));
}

/**
 * How many of the newest exchanges fit, such that one more would not; 0 where not even one does. Doubles them until they do not
 * fit, then halves the gap: what is counted is never much longer than the window, however long the history.
 */
async function mostThatFit(
  fits: (exchanges: number) => Promise<boolean>,
  all: number,
  allIsTooMuch: boolean,
): Promise<number> {
  if ((allIsTooMuch && all === 1) || !(await fits(1))) return 0;
  let enough = 1;
  let tooMuch = allIsTooMuch ? all : all + 1;
  for (let next = 2; next < tooMuch; next = Math.min(2 * next, Math.max(next + 1, all))) {
    if (await fits(next)) enough = next;
    else tooMuch = next;
  }
  while (tooMuch - enough > 1) {
    const middle = Math.floor((enough + tooMuch) / 2);
    if (await fits(middle)) enough = middle;
    else tooMuch = middle;
  }
  return enough;
}
