import { describe, expect, it } from "vitest";
import { grade, similarity } from "./grade.ts";

describe("grade", () => {
  it.each([
    ["The sky is blue", "The sky is blue", "perfect"],
    ["the SKY is blue ", "The sky is blue", "perfect"],
    ["The sky is bluee", "The sky is blue", "close"],
    ["2 plus 2 equals 4", "2 plus 1 equals 3", "close"],
    ["The sky", "The sky is blue", "wrong"],
    ["", "The sky is blue", "wrong"],
    ["xrj kw qp zz", "The sky is blue", "wrong"],
  ])("%j for %j is %s", (answer, target, verdict) => {
    expect(grade(answer, target)).toBe(verdict);
  });
});

describe("similarity", () => {
  it("is 1 for equal texts, 0 for those with nothing in common", () => {
    expect(similarity("", "")).toBe(1);
    expect(similarity("abc", "xyz")).toBe(0);
    expect(similarity("abcd", "abxd")).toBe(0.75);
    expect(similarity("😀😀", "😁😁")).toBe(0);
  });
});
