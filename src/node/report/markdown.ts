export const count = (value: number): string => value.toLocaleString("en-US");

export const duration = (seconds: number): string =>
  seconds < 120 ? `${seconds.toFixed(1)} s` : `${(seconds / 60).toFixed(1)} minutes`;

/** A text as a cell of a table. */
export const cell = (text: string): string =>
  text.replaceAll("|", "\\|").replaceAll(/[\r\n]+/g, " ") || "(nothing)";

/** A text as it is, between fences that it does not contain itself. */
export function fenced(text: string): string[] {
  const longest = Math.max(2, ...Array.from(text.matchAll(/`+/g), ([ticks]) => ticks.length));
  const fence = "`".repeat(longest + 1);
  return [`${fence}text`, text, fence];
}
