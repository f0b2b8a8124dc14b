/** Milliseconds that `step` takes: the median of some rounds, each of at least `ms`. */
export async function medianOf(step, { rounds, ms }) {
  const found = [];
  for (let round = 0; round < rounds; round++) {
    const begun = performance.now();
    let steps = 0;
    for (; steps === 0 || performance.now() - begun < ms; steps++) await step();
    found.push((performance.now() - begun) / steps);
  }
  return found.sort((a, b) => a - b)[rounds >> 1];
}
