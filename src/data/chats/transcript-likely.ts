import { isSeparator, roleOfName, speakerKey, spokenLine } from "./transcript-line.ts";

/** Endings of files in which people write such things; others say by their ending what they are. */
const ENDINGS = /(?:^|[/\\])[^./\\]*$|\.(?:txt|text|md|markdown|transcript|chat|dialog|dialogue)$/i;

/** Turns that must be there, and the share of lines that must begin one. */
const TURNS = 4;
const SHARE = 0.5;

/**
 * How likely a file is a transcript: 0 unless at least half of its lines are `Name: text`, with names that come again,
 * that look like names, and that take turns. A book or a play that sets names on lines of their own stays text.
 */
export function likelyTranscript(head: string, name: string): number {
  if (!ENDINGS.test(name)) return 0;
  const lines = head
    .split(/\r?\n/)
    .slice(0, head.length < 60_000 ? undefined : -1)
    .filter((line) => line.trim() !== "" && !isSeparator(line));
  const spoken = lines.flatMap((line) => {
    const found = spokenLine(line);
    return found && found.text !== "" ? [{ ...found, key: speakerKey(found.name) }] : [];
  });
  const counts = new Map<string, number>();
  for (const { key } of spoken) counts.set(key, (counts.get(key) ?? 0) + 1);
  const all = new Set(counts.keys());
  const turns = spoken.filter(
    ({ name: speaker, key }) =>
      (counts.get(key) ?? 0) > 1 && (roleOfName(key, all) !== undefined || !/^\p{Ll}/u.test(speaker)),
  );
  const share = turns.length / lines.length;
  const changes = turns.filter(({ key }, index) => index > 0 && key !== turns[index - 1]?.key).length;
  const different = new Set(turns.map(({ key }) => key)).size;
  if (turns.length < TURNS || share < SHARE || different < 2) return 0;
  return changes >= turns.length / 4 && different <= turns.length / 2 ? Math.min(0.9, share) : 0;
}
