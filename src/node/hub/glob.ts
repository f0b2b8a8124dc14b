/** One character of a pattern: `*`, or what it may be. */
type Part = "*" | ((character: string) => boolean);

/** Alternatives that one pattern may have. */
const MOST_ALTERNATIVES = 64;

/**
 * Whether a path is what a pattern means: `*` and `?` within a folder, `**` across folders, `[0-9]`, `{a,b}`.
 *
 * Patterns come with a dataset, from strangers: matching takes at most the product of both lengths, where regular expressions
 * could take for ever.
 */
export function matchesGlob(path: string, pattern: string): boolean {
  const folders = path.split("/");
  return alternatives(pattern).some((one) => matchesFolders(folders, one.replace(/^\.?\//, "").split("/")));
}

/** Whether a text has anything but itself to match. */
export const isGlob = (text: string): boolean => /[*?[{]/.test(text);

function matchesFolders(path: readonly string[], pattern: readonly string[]): boolean {
  // reached[i]: the pattern so far can end before path[i].
  let reached = [true, ...path.map(() => false)];
  for (const [at, part] of pattern.entries()) {
    reached =
      part === "**"
        ? anyFolders(reached, at === pattern.length - 1)
        : oneFolder(reached, path, partsOf(part));
  }
  return reached[path.length] ?? false;
}

const oneFolder = (
  reached: readonly boolean[],
  path: readonly string[],
  parts: readonly Part[],
): boolean[] => [false, ...path.map((name, i) => (reached[i] ?? false) && matchesName(name, parts))];

/** From where one was to anywhere below; a closing `**` means what is below, not the folder itself. */
function anyFolders(reached: readonly boolean[], isLast: boolean): boolean[] {
  const first = reached.indexOf(true);
  return reached.map((_, i) => first >= 0 && (isLast ? i > first : i >= first));
}

/** Two positions, of which the second is where to go on from after the last `*`. */
function matchesName(name: string, parts: readonly Part[]): boolean {
  let at = 0;
  let part = 0;
  let star = -1;
  let starAt = 0;
  while (at < name.length) {
    const one = parts[part];
    if (one === "*") {
      star = part++;
      starAt = at;
    } else if (one?.(name[at] ?? "")) {
      at++;
      part++;
    } else if (star >= 0) {
      part = star + 1;
      at = ++starAt;
    } else return false;
  }
  return parts.slice(part).every((rest) => rest === "*");
}

function partsOf(pattern: string): Part[] {
  return [...pattern.matchAll(/\*+|\?|\[(!?)([^\]]+)\]|[^*?]/gu)].map(([text, not, set]): Part => {
    if (text.startsWith("*")) return "*";
    if (text === "?") return () => true;
    if (set === undefined) return (character) => character === text;
    const ranges = [...set.matchAll(/(.)-(.)|(.)/gu)].map(([, from, to, only]) => [from ?? only, to ?? only]);
    return (character) =>
      ranges.some(([from = "", to = ""]) => from <= character && character <= to) !== (not === "!");
  });
}

/** `a{b,c}` as `ab` and `ac`. */
function alternatives(pattern: string): string[] {
  const done: string[] = [];
  const open = [pattern];
  while (open.length > 0 && done.length + open.length <= MOST_ALTERNATIVES) {
    const next = open.pop() ?? "";
    const braces = /\{([^{}]*,[^{}]*)\}/.exec(next);
    if (!braces) done.push(next);
    else {
      const after = next.slice(braces.index + braces[0].length);
      open.push(...(braces[1] ?? "").split(",").map((one) => next.slice(0, braces.index) + one + after));
    }
  }
  return done;
}
