import type { Arguments } from "../../kernels/kernel.ts";
import type { Memory } from "./memory.ts";

function countTargets(integers: Int32Array, targets: number, rows: number): number {
  let counted = 0;
  for (let row = 0; row < rows; row++) if (integers[targets + row]! >= 0) counted++;
  return counted;
}

export function crossEntropy({ floats, integers }: Memory, args: Arguments<"crossEntropy">): void {
  const { logits, targets, loss, losses, probabilities, rows, vocabulary, smoothing } = args;
  let total = 0;
  for (let row = 0; row < rows; row++) {
    const from = logits + row * vocabulary;
    const target = integers[targets + row]!;
    let highest = Number.NEGATIVE_INFINITY;
    for (let v = 0; v < vocabulary; v++) highest = Math.max(highest, floats[from + v]!);
    let sum = 0;
    for (let v = 0; v < vocabulary; v++) sum += Math.exp(floats[from + v]! - highest);
    let wanted = target < 0 ? 0 : (1 - smoothing) * floats[from + target]!;
    if (smoothing > 0)
      for (let v = 0; v < vocabulary; v++) wanted += (smoothing / vocabulary) * floats[from + v]!;
    const surprise = target < 0 ? 0 : Math.log(sum) + highest - wanted;
    total += surprise;
    if (losses >= 0) floats[losses + row] = surprise;
    if (probabilities < 0) continue;
    const to = probabilities + row * vocabulary;
    for (let v = 0; v < vocabulary; v++) floats[to + v] = Math.exp(floats[from + v]! - highest) / sum;
  }
  const counted = countTargets(integers, targets, rows);
  floats[loss] = counted === 0 ? 0 : total / counted;
}

export function crossEntropyGrad({ floats, integers }: Memory, args: Arguments<"crossEntropyGrad">): void {
  const { probabilities, targets, gradient, out, rows, vocabulary, smoothing } = args;
  const share = floats[gradient]! / Math.max(1, countTargets(integers, targets, rows));
  for (let row = 0; row < rows; row++) {
    const target = integers[targets + row]!;
    for (let v = 0; v < vocabulary; v++) {
      const at = row * vocabulary + v;
      const wanted = (v === target ? 1 - smoothing : 0) + smoothing / vocabulary;
      floats[out + at] = target < 0 ? 0 : (floats[probabilities + at]! - wanted) * share;
    }
  }
}
