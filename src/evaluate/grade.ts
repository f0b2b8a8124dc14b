import { editDistance } from "../base/index.ts";

/** `perfect`: equal, ignoring case and surrounding space. `close`: most of the characters are right. Else `wrong`. */
export type Verdict = "perfect" | "close" | "wrong";

/** From this similarity on, an answer that is not perfect is close. */
const CLOSE = 0.7;

export function grade(answer: string, target: string): Verdict {
  const [found, wanted] = [normalize(answer), normalize(target)];
  if (found === wanted) return "perfect";
  return similarity(found, wanted) >= CLOSE ? "close" : "wrong";
}

const normalize = (text: string): string => text.trim().toLowerCase();

/** 1 minus the edit distance over the length of the longer text: 1 for equal texts, 0 for texts with nothing in common. */
export function similarity(a: string, b: string): number {
  const longer = Math.max([...a].length, [...b].length);
  return longer === 0 ? 1 : 1 - editDistance(a, b) / longer;
}
