/** Working space, which only grows. */
let heap = new Float32Array(64);
let sorted = new Float64Array(0);

/**
 * The `count` largest logits; of equals, the first. A heap of that size turns most away with one comparison: 50,257 logits
 * are gone through in the time that sorting 2,000 takes.
 *
 * @param ids Where their ids are written, in order. @returns How many there are.
 */
export function keepLikeliest(logits: Float32Array, count: number, ids: Int32Array): number {
  const { length } = logits;
  if (count >= length) {
    for (let id = 0; id < length; id++) ids[id] = id;
    return length;
  }
  const numbers = heapOfLargest(logits, count);
  const least = numbers[0] ?? 0;
  let ofLeast = 0;
  for (let i = 0; i < count; i++) if (numbers[i] === least) ofLeast++;
  let kept = 0;
  for (let id = 0; id < length && kept < count; id++) {
    const logit = logits[id] ?? 0;
    if (logit > least || (logit === least && ofLeast-- > 0)) ids[kept++] = id;
  }
  return kept;
}

/** The `count` largest, the least of them first. */
function heapOfLargest(logits: Float32Array, count: number): Float32Array {
  if (heap.length < count) heap = new Float32Array(count);
  const numbers = heap;
  for (let i = 0; i < count; i++) numbers[i] = logits[i] ?? 0;
  for (let i = (count >> 1) - 1; i >= 0; i--) sink(numbers, i, count);
  for (let i = count; i < logits.length; i++) {
    const logit = logits[i] ?? 0;
    if (!(logit > (numbers[0] ?? 0))) continue;
    numbers[0] = logit;
    sink(numbers, 0, count);
  }
  return numbers;
}

/** Moves a number down its heap until none below is smaller. */
function sink(numbers: Float32Array, from: number, count: number): void {
  const moved = numbers[from] ?? 0;
  let at = from;
  for (;;) {
    let child = 2 * at + 1;
    if (child >= count) break;
    if (child + 1 < count && (numbers[child + 1] ?? 0) < (numbers[child] ?? 0)) child++;
    if (!((numbers[child] ?? 0) < moved)) break;
    numbers[at] = numbers[child] ?? 0;
    at = child;
  }
  numbers[at] = moved;
}

/**
 * The fewest of the weights that together reach this fraction of all, at least one; of equals, the first. It parts them around
 * a pivot and goes on in the part where the fraction is reached, so they are never sorted.
 *
 * @param ids Of the weights; both lists are changed to those that stay, in order. @returns How many stay.
 */
export function keepProbable(
  ids: Int32Array,
  weights: Float64Array,
  count: number,
  fraction: number,
): number {
  if (sorted.length < count) sorted = new Float64Array(weights.length);
  const numbers = sorted;
  let all = 0;
  for (let i = 0; i < count; i++) all += weights[i] ?? 0;
  // Those below this add up to less than what may be left out, even if all were: none of them is needed.
  const needless = ((1 - fraction) * all) / count;
  let needed = 0;
  for (let i = 0; i < count; i++) {
    const weight = weights[i] ?? 0;
    if (weight >= needless) numbers[needed++] = weight;
  }
  const { least, ofLeast } = leastThatReaches(numbers, needed, fraction * all);
  let [kept, ties] = [0, ofLeast];
  for (let i = 0; i < count; i++) {
    const weight = weights[i] ?? 0;
    if (weight < least || (weight === least && ties-- <= 0)) continue;
    ids[kept] = ids[i] ?? 0;
    weights[kept++] = weight;
  }
  return kept;
}

/** The smallest number that counts when the largest are added up until they reach `target`, and how many as large as it do. */
function leastThatReaches(
  numbers: Float64Array,
  count: number,
  target: number,
): { least: number; ofLeast: number } {
  let [from, to] = [0, count];
  /** The sum of those that are known to count. */
  let sum = 0;
  while (from < to) {
    const pivot = middle(numbers[from] ?? 0, numbers[(from + to) >> 1] ?? 0, numbers[to - 1] ?? 0);
    partAround(numbers, pivot, from, to);
    const { larger, smaller, larges } = parts;
    if (larger > from && sum + larges >= target) {
      to = larger;
      continue;
    }
    sum += larges;
    const equal = smaller - larger;
    const wanted = Math.max(1, Math.ceil((target - sum) / pivot));
    if (wanted <= equal || smaller === to) return { least: pivot, ofLeast: Math.min(wanted, equal) };
    sum += equal * pivot;
    from = smaller;
  }
  return { least: 0, ofLeast: 0 };
}

/** Where the parts end, and what the first adds up to. */
const parts = { larger: 0, smaller: 0, larges: 0 };

/** Orders [from, to) so that [from, larger) are larger than the pivot, [larger, smaller) equal and [smaller, to) smaller. */
function partAround(numbers: Float64Array, pivot: number, from: number, to: number): void {
  let [larger, smaller, larges] = [from, to, 0];
  for (let i = from; i < smaller; ) {
    const number = numbers[i] ?? 0;
    if (number > pivot) {
      larges += number;
      numbers[i++] = numbers[larger] ?? 0;
      numbers[larger++] = number;
    } else if (number < pivot) {
      numbers[i] = numbers[--smaller] ?? 0;
      numbers[smaller] = number;
    } else i++;
  }
  parts.larger = larger;
  parts.smaller = smaller;
  parts.larges = larges;
}

const middle = (a: number, b: number, c: number): number =>
  Math.max(Math.min(a, b), Math.min(Math.max(a, b), c));
