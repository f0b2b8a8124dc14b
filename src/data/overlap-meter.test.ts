import { describe, expect, it } from "vitest";
import { Rng } from "../base/index.ts";
import { talk, textItem } from "./filters/filter.contract.ts";
import { textOf } from "./filters/filter.ts";
import type { Item } from "./item.ts";
import { OverlapMeter, type OverlapReport } from "./overlap-meter.ts";

function measure(validation: readonly Item[], training: readonly Item[]): OverlapReport {
  const meter = new OverlapMeter();
  for (const item of validation) meter.addValidation(item);
  for (const item of training) meter.addTraining(item);
  return meter.report();
}

/** As the definition says, with strings in a Set. */
function windowsOf(items: readonly Item[]): string[] {
  return items.flatMap((item) => {
    const words =
      textOf(item)
        .toLowerCase()
        .match(/[\p{L}\p{M}\p{N}]+/gu) ?? [];
    return words.slice(12).map((_, at) => words.slice(at, at + 13).join(" "));
  });
}

describe("overlap", () => {
  it("is what comparing each window with each gives", () => {
    const rng = new Rng(5);
    const words = ["A", "b", "c,", "d.", "É", "7"];
    const document = (): string => {
      const length = rng.below(60);
      const unit = Array.from({ length: 1 + rng.below(5) }, () => words[rng.below(words.length)] ?? "");
      return Array.from({ length }, (_, i) => unit[i % unit.length] ?? "").join(" ");
    };
    const items = Array.from({ length: 400 }, (_, i) =>
      i % 3 === 0 ? talk(document(), document()) : textItem(document()),
    );
    const [validation, training] = [items.slice(0, 100), items.slice(100)];
    const known = new Set(windowsOf(training));
    const all = windowsOf(validation);
    const found = all.filter((window) => known.has(window)).length;
    expect(found).toBeGreaterThan(20);
    expect(found).toBeLessThan(all.length - 20);
    expect(measure(validation, training).windows).toEqual({
      all: all.length,
      found,
      share: found / all.length,
    });
  });

  it("counts copies but for case and spaces, each once for all of its copies", () => {
    const report = measure(
      [textItem("3 + 4"), textItem("3 + 4"), textItem("3 - 4"), talk("Hi", "Hello"), talk("Hi Hello")],
      [textItem(" 3  +\n4"), textItem("3 + 4"), textItem("5 + 5"), talk("hi", "HELLO")],
    );
    expect(report.items).toEqual({ all: 5, found: 3, share: 0.6 });
    expect(report.examples.map(({ what, text }) => [what, text])).toEqual([
      ["item", "3 + 4"],
      ["item", "hi HELLO"],
    ]);
  });

  it("goes over the pieces of a document, but not from one document to the next", () => {
    const long = textItem("one two three four five six seven eight nine ten eleven twelve thirteen fourteen");
    const [first, second] = [
      textItem("One two three four five six seven"),
      textItem("eight nine ten eleven twelve thirteen"),
    ];
    expect(measure([long], [first, { ...second, continues: true }]).windows).toMatchObject({
      all: 2,
      found: 1,
    });
    expect(measure([long], [first, second]).windows).toMatchObject({ all: 2, found: 0 });
  });

  it("takes characters of scripts without spaces for words", () => {
    const text = "小鸟在树上唱歌唱到天亮然后飞走";
    expect(measure([textItem(text)], [textItem(`早上${text}了`)]).windows).toEqual({
      all: 3,
      found: 3,
      share: 1,
    });
  });

  it("is nothing of nothing", () => {
    expect(measure([], [textItem("Hello")])).toEqual({
      windows: { all: 0, found: 0, share: 0 },
      items: { all: 0, found: 0, share: 0 },
      examples: [],
    });
  });

  it("wants the validation items first", () => {
    const meter = new OverlapMeter();
    meter.addTraining(textItem("Hello"));
    expect(() => meter.addValidation(textItem("Hello"))).toThrow(/validation items come before/);
  });
});
