/** The largest of many numbers; -Infinity of none. `Math.max(...list)` fails from about 100,000 on. */
export function largest(numbers: Iterable<number>): number {
  let most = Number.NEGATIVE_INFINITY;
  for (const number of numbers) if (number > most) most = number;
  return most;
}

const LONGEST = 60;

/** A value from outside as a message shows it: never long, whatever it is. */
export function shown(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(shortened(value));
  if (Array.isArray(value)) {
    const few = value
      .slice(0, 8)
      .map((item) => (typeof item === "object" && item !== null ? "..." : shown(item)));
    return `[${few.join(", ")}${value.length > few.length ? ", ..." : ""}]`;
  }
  return typeof value === "object" && value !== null ? "an object" : String(value);
}

/** The beginning of a long text. */
export function shortened(text: string, most: number = LONGEST): string {
  const characters = [...text.slice(0, 2 * (most + 1))];
  return characters.length > most ? `${characters.slice(0, most - 1).join("")}…` : text;
}

/** The last part of a path, of whatever system it is: a file's or a folder's own name. */
export const lastPart = (path: string): string => path.split(/[\\/]/).findLast((part) => part !== "") ?? path;

/** The whole numbers that divide `number`, from 1 up. */
export function divisors(number: number): number[] {
  const small: number[] = [];
  for (let i = 1; i * i <= number; i++) if (number % i === 0) small.push(i);
  return [...new Set([...small, ...small.map((i) => number / i)])].sort((a, b) => a - b);
}
