type Draw = (...choices: number[]) => number;
type List = (count: number, below: number) => number[];

/** Where the segments of some rows start: a segment ends before a place where `ends` says so. */
export function segmentStarts(rows: number, time: number, ends: () => boolean): number[] {
  const starts: number[] = [];
  for (let i = 0; i < rows * time; i++)
    starts.push(i % time === 0 ? 0 : ends() ? i % time : (starts[i - 1] ?? 0));
  return starts;
}

/** Segments as an input of a kernel, or none: some of one token, some longer than a block of queries. */
export function drawSegments(
  draw: Draw,
  list: List,
  batch: number,
  time: number,
): { inputs: { segments?: readonly number[] }; integers: { segments?: readonly number[] } } {
  if (!draw(0, 1)) return { inputs: {}, integers: {} };
  const length = draw(2, 9, 40);
  const segments = segmentStarts(batch, time, () => list(1, length)[0] === 0);
  return { inputs: { segments: [batch, time] }, integers: { segments } };
}
