import { describe, expect, it } from "vitest";
import { countSentences, placesOf, wordsOf } from "./words.ts";

describe("the words that grading compares", () => {
  it.each([
    ["An apple is RED.", "an apple is red"],
    ["  «Red», “blue”; green-ish!  ", "red blue green ish"],
    ["don't Don’t dont cannot can't won't", "do not do not dont can not can not will not"],
    ["I'm sure you're what they'll have we've", "i am sure you are what they will have we have"],
    ["It's Pip's. Its o'clock.", "it s pip s its oclock"],
    ["seven 7 007 Seven", "7 7 7 7"],
    ["twenty-one, twenty one, 21", "21 21 21"],
    ["one two three", "1 2 3"],
    ["twenty, thirty one hundred", "20 31 100"],
    ["two hundred and five", "200 and 5"],
    ["twenty-one two", "21 2"],
    ["zero nineteen ninety-nine", "0 19 99"],
    ["1,000 and 3.5 and 3.", "1000 and 3.5 and 3"],
    ["1.2.3 is not 4.5.6", "1.2.3 is not 4.5.6"],
    [`${"9".repeat(400)} n't`, `${"9".repeat(400)} nt`],
    ["3rd 5-3=2", "3 rd 5 3 2"],
    ["Größe café Ñandú", "größe café ñandú"],
    ["ﬁsh", "fish"],
    ["猫は red", "猫 は red"],
    ["constructor toString", "constructor tostring"],
    ["?! ... -- '", ""],
  ])("%j are %j", (text, words) => {
    expect(wordsOf(text).join(" ")).toBe(words);
  });

  it("are found whole, one after the other", () => {
    const words = wordsOf("A red apple, and twenty-one red apples.");
    expect(placesOf("red", words)).toEqual([
      [1, 2],
      [5, 6],
    ]);
    expect(placesOf("red apple", words)).toEqual([[1, 3]]);
    expect(placesOf("one", words)).toEqual([]);
    expect(placesOf("21 RED!", words)).toEqual([[4, 6]]);
    expect(placesOf("re", words)).toEqual([]);
    expect(placesOf("?", words)).toEqual([]);
    expect(placesOf("red", [])).toEqual([]);
  });
});

describe("sentences", () => {
  it.each([
    ["", 0],
    ["One day Pip flew.", 1],
    ["One day Pip flew. He saw a cat! Was it big?", 3],
    ["One day Pip flew. He saw a cat", 1],
    ["Ha. Ha. Ha. Ha.", 0],
    ["He was sad. He was sad. He was sad.", 1],
    ['"Come here." said Pip. He came...', 3],
    ["It cost 3.50 in the shop. It was good.", 2],
    ["He ate it\nShe ate it\n", 2],
  ])("of %j there are %i", (text, sentences) => {
    expect(countSentences(text)).toBe(sentences);
  });
});
