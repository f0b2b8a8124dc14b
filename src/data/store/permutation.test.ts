import { describe, expect, it } from "vitest";
import { drawAt, Permutation } from "./permutation.ts";

const orderOf = (permutation: Permutation): number[] =>
  Array.from({ length: permutation.size }, (_, place) => permutation.at(place));

describe("Permutation", () => {
  it("has every number once, whatever the size", () => {
    for (const size of [
      ...Array.from({ length: 130 }, (_, i) => i + 1),
      1000,
      1024,
      1025,
      4096,
      4097,
      50_000,
    ]) {
      const order = orderOf(new Permutation(size, 7, 1, 3));
      expect([...order].sort((a, b) => a - b)).toEqual(Array.from({ length: size }, (_, i) => i));
    }
  });

  it("differs by seed, stream and number", () => {
    const orders = [new Permutation(50, 1, 1, 1), new Permutation(50, 2, 1, 1), new Permutation(50, 1, 2, 1)];
    orders.push(new Permutation(50, 1, 1, 2));
    expect(new Set(orders.map((order) => String(orderOf(order)))).size).toBe(4);
  });

  it("has every order of a few numbers about as often", () => {
    const counts = new Map<string, number>();
    for (let number = 0; number < 12_000; number++) {
      const order = String(orderOf(new Permutation(5, 1, 1, number)));
      counts.set(order, (counts.get(order) ?? 0) + 1);
    }
    expect(counts.size).toBe(120);
    // Chi squared with 119 degrees of freedom is below 180 in 999 of 1000 cases.
    const chi = [...counts.values()].reduce((sum, count) => sum + (count - 100) ** 2 / 100, 0);
    expect(chi).toBeLessThan(180);
  });

  it("brings each number to each place about as often, of more than are stored", () => {
    const size = 1030;
    const counts = new Uint32Array(size);
    for (let number = 0; number < 10 * size; number++) {
      const place = new Permutation(size, 1, 1, number).at(3);
      counts[place] = (counts[place] ?? 0) + 1;
    }
    const chi = counts.reduce((sum, count) => sum + (count - 10) ** 2 / 10, 0);
    expect(Math.abs(chi - size)).toBeLessThan(3.3 * Math.sqrt(2 * size));
  });

  it("puts a number of many anywhere, and its neighbours anywhere else", () => {
    const size = 1e12;
    const permutation = new Permutation(size, 1, 1, 1);
    let [mean, distance] = [0, 0];
    for (let place = 0; place < 4000; place++) {
      const number = permutation.at(place);
      expect(number).toBeLessThan(size);
      mean += number / size / 4000;
      distance += Math.abs(number - permutation.at(place + 1)) / size / 4000;
    }
    expect(Math.abs(mean - 1 / 2)).toBeLessThan(0.02);
    expect(Math.abs(distance - 1 / 3)).toBeLessThan(0.02);
  });
});

describe("drawAt", () => {
  it("draws whole numbers below a bound, of more than 32 bits too", () => {
    const draws = Array.from({ length: 1000 }, (_, place) => drawAt(2 ** 40, 1, 2, place));
    expect(draws.every((draw) => Number.isInteger(draw) && draw >= 0 && draw < 2 ** 40)).toBe(true);
    expect(new Set(draws).size).toBe(1000);
    expect(Array.from({ length: 50 }, (_, place) => drawAt(1, 1, 2, place))).toEqual(Array(50).fill(0));
  });
});
