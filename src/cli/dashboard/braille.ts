/** Bits of the eight dots of a braille character, by row and column. */
const DOTS = [
  [0x01, 0x08],
  [0x02, 0x10],
  [0x04, 0x20],
  [0x40, 0x80],
] as const;

/**
 * A curve in braille characters, two dots wide and four high each: eight times as fine as text. `x` and `y` are shares of
 * the width and height in [0, 1], with y upward; neighbouring points are connected.
 */
export function brailleCurve(
  points: readonly (readonly [x: number, y: number])[],
  width: number,
  height: number,
): string[] {
  const cells = Array.from({ length: height }, () => new Uint8Array(width));
  const dot = (column: number, row: number): void => {
    const line = cells[Math.floor(row / 4)];
    const bit = DOTS[row % 4]?.[column % 2];
    const at = Math.floor(column / 2);
    if (line && bit !== undefined && at < width) line[at] = (line[at] ?? 0) | bit;
  };
  const column = (x: number): number => Math.round(clamp(x) * (2 * width - 1));
  const row = (y: number): number => Math.round((1 - clamp(y)) * (4 * height - 1));
  for (const [index, [x, y]] of points.entries()) {
    const [beforeX, beforeY] = points[index - 1] ?? [x, y];
    const [from, to] = [column(beforeX), column(x)];
    const [first, last] = [row(beforeY), row(y)];
    const length = Math.max(1, Math.abs(to - from), Math.abs(last - first));
    for (let i = 0; i <= length; i++) {
      dot(Math.round(from + ((to - from) * i) / length), Math.round(first + ((last - first) * i) / length));
    }
  }
  return cells.map((line) =>
    Array.from(line, (bits) => (bits ? String.fromCharCode(0x2800 + bits) : " ")).join(""),
  );
}

const clamp = (share: number): number => Math.max(0, Math.min(1, share));
