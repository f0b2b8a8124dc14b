import { describe, expect, it } from "vitest";
import { createBoilerplateFilter } from "./boilerplate-filter.ts";
import { createExactDuplicatesFilter } from "./exact-duplicates-filter.ts";
import { createFamilyFriendlyFilter } from "./family-friendly-filter.ts";
import { describeFilter, reasons, talk, textItem } from "./filter.contract.ts";
import { createFilters, filterNames } from "./filters.ts";
import { createLanguageDetector, createLanguageFilter } from "./language-filter.ts";
import { createLengthFilter } from "./length-filter.ts";
import { createNearDuplicatesFilter } from "./near-duplicates-filter.ts";
import { createPlaceholdersFilter } from "./placeholders-filter.ts";
import { createQualityFilter } from "./quality-filter.ts";
import { createTurnsFilter } from "./turns-filter.ts";

const detector = await createLanguageDetector();

describeFilter("length", () => createLengthFilter({ least: 5, most: 5000 }));
describeFilter("turns", () => createTurnsFilter({ least: 2, most: 3 }));
describeFilter("language", () => createLanguageFilter("en", detector));
describeFilter("placeholders", createPlaceholdersFilter);
describeFilter("familyFriendly", createFamilyFriendlyFilter);
describeFilter("quality", createQualityFilter);
describeFilter("exact duplicates", createExactDuplicatesFilter);
describeFilter("near duplicates", createNearDuplicatesFilter);
describeFilter("boilerplate", createBoilerplateFilter);

describe("length", () => {
  it("counts characters, not UTF-16 units, with both bounds included", () => {
    const filter = createLengthFilter({ least: 2, most: 3 });
    expect(
      ["a", "ab", "\u{1F99C}\u{1F99C}\u{1F99C}", "abcd"].map((text) => reasons(filter, textItem(text))),
    ).toEqual([["1 character, fewer than 2"], [], [], ["4 characters, more than 3"]]);
  });

  it("adds up the messages of a conversation", () => {
    const filter = createLengthFilter({ most: 4 });
    expect(reasons(filter, talk("ab", "cd"))).toEqual([]);
    expect(reasons(filter, talk("ab", "cde"))).toEqual(["5 characters, more than 4"]);
  });

  it("adds up the pieces of a document", () => {
    const filter = createLengthFilter({ least: 3, most: 8 });
    expect(reasons(filter, textItem("abcde"))).toEqual([]);
    expect(reasons(filter, { ...textItem("fg"), continues: true })).toEqual([]);
    expect(reasons(filter, { ...textItem("hi"), continues: true })).toEqual(["9 characters, more than 8"]);
    expect(reasons(filter, textItem("hij"))).toEqual([]);
  });
});

describe("turns", () => {
  it("counts the messages of both sides, and keeps documents", () => {
    const filter = createTurnsFilter({ least: 2, most: 2 });
    const system = { role: "system", text: "Be kind." } as const;
    const pair = talk("Hi", "Hello");
    expect(reasons(filter, { ...pair, messages: [system, ...pair.messages] })).toEqual([]);
    expect(reasons(filter, talk("Hi"))).toEqual(["1 turn, fewer than 2"]);
    expect(reasons(filter, talk("a", "b", "c"))).toEqual(["3 turns, more than 2"]);
    expect(reasons(filter, textItem("Once upon a time"))).toEqual([]);
  });
});

describe("language", () => {
  const filter = createLanguageFilter("eng", detector);

  it("drops other languages", () => {
    const others = [
      "Der kleine Vogel saß den ganzen Abend auf dem Dach und sang ein Lied.",
      "Le petit oiseau chantait dans le jardin pendant que les enfants dormaient.",
      "Маленькая птичка сидела на дереве и пела песню до самого утра.",
      "小さな鳥が木の上で朝まで歌を歌っていました。とてもきれいな声でした。",
    ];
    expect(others.map((text) => reasons(filter, textItem(text)))).toEqual([
      ['looks like "de"'],
      ['looks like "fr"'],
      ['looks like "ru"'],
      ['looks like "ja"'],
    ]);
  });

  it("keeps its own, and what is too short to tell", () => {
    for (const text of [
      "The bird sang on the roof until the sun went down.",
      "Guten Tag!",
      "Ja. Nein. 12345",
      "",
    ]) {
      expect(reasons(filter, textItem(text))).toEqual([]);
    }
  });

  it("takes codes of two and three letters, and refuses what it cannot tell", async () => {
    await expect(createFilters({ language: "deu" })).resolves.toBeDefined();
    await expect(createFilters({ language: "DE" })).resolves.toBeDefined();
    await expect(createFilters({ language: "klingon" })).rejects.toMatchObject({ code: "filter-language" });
  });
});

describe("placeholders", () => {
  const filter = createPlaceholdersFilter();

  it.each([
    "Hello, [name]! How are you?",
    "I am [user 1's name].",
    "It is [User2], nice to meet you.",
    "I live in [INSERT CITY HERE].",
    "[Your Name]",
    "Say it with {{first_name}}.",
    "Dear {name}, good day.",
    "Good morning, <NAME>.",
    "I met NAME_1 at <CITY_2>.",
    "Look: [Illustration: A hare]",
    "[Illustration]",
    "Lorem ipsum dolor sit amet",
    "<|endoftext|>",
    "This is <unk> to me",
  ])("finds %s", (text) => {
    expect(reasons(filter, talk("Hi!", text))).toEqual(["a placeholder"]);
  });

  it.each([
    "See [1] and [sic] and [...].",
    "[Exit Lane.] A pause. [To Cecily.]",
    "Read [the name of the wind](https://example.org).",
    "- [x] done, - [ ] open",
    "const list = array[index]; if (a < b && c > d) {}",
    "Press <B>this</B> or use <HTML>.",
    "I <3 you, a_b_c",
    "The set {1, 2, 3} is small.",
  ])("keeps %s", (text) => {
    expect(reasons(filter, talk("Hi!", text))).toEqual([]);
  });
});

describe("familyFriendly", () => {
  const filter = createFamilyFriendlyFilter();

  it.each([
    "What the FUCK is that?",
    "He is a motherfucker",
    "That is bullshit!",
    "Bitches, please.",
    "You dumb ass, go away",
    "Kiss my\nass!",
    "Suck my dick.",
    "They had sex.",
    "just kill yourself",
    "sh*t happens, f**k",
  ])("finds %s", (text) => {
    expect(reasons(filter, talk("Hi!", text))).toEqual(["has a word that is not family-friendly"]);
  });

  it.each([
    "The cock crew at dawn, and the ass carried his sacks to the mill.",
    "Little Dick Whittington walked to London with his cat.",
    "Pussy-cat, pussy-cat, where have you been? What a queer thing!",
    "They were gay and merry. “Oh!” he ejaculated, and held it to his bosom.",
    "I live in Scunthorpe, in class three, and pass the grass.",
    "A cockatoo and a titmouse sat on the mulch. Hello, Dickens!",
    "The teacher assessed the essay about analogies, grapes and therapists.",
    "She graduated magna cum laude and cooked shiitake mushrooms.",
    "He gathered faggots of wood and sniggered with a swanky air.",
    "His mother sent Jack off to market, and he learnt how to kill a dragon with his horny hands.",
    "How are you, my little cock-sparrow? My ass and I go to market.",
  ])("keeps %s", (text) => {
    expect(reasons(filter, talk("Hi!", text))).toEqual([]);
  });

  it("does not show the word itself", async () => {
    const filters = await createFilters({ familyFriendly: true });
    filters.apply(talk("Oh!", "The fucking door is open"));
    expect(filters.reports()[0]?.examples).toEqual([
      {
        place: { file: "talks.jsonl", line: 7 },
        text: "Oh! The …",
        why: "has a word that is not family-friendly",
      },
    ]);
  });
});

describe("quality", () => {
  const filter = createQualityFilter();

  it.each([
    ["$$$ %%% ^^^ &&& ### @@@ ||| ~~~ abc", /symbols/],
    ["1234 5678 9012 3456 7890 1234 5678 9012 3456 7890 ab", /digits/],
    ["THIS IS A VERY LOUD LINE THAT NEVER STOPS TO SHOUT AT ALL OF THE PEOPLE IN THE ROOM", /capitals/],
    ["wow!!!!!!!!!!!!!!", /one character/],
    [`n${"o".repeat(40)}`, /one character/],
    ["buy ".repeat(30), /one word/],
    ["one\ntwo\n".repeat(10), /repeated lines/],
    ["sdfghjk lkjhgf wrtzpsd qwrtp xcvbnm dfghjkl", /nobody can say/],
    ["http://a.example/b/c/d/e http://c.example/d/e/f see", /addresses/],
    ["<p>a</p><div class='x'>b</div> and so on", /HTML/],
    ["Please accept all cookies to go on.", /web pages/],
    ["As an AI language model, I cannot sing.", /chatbots/],
    ["It\u2019s caf\u00c3\u00a9 time", /broken/],
    ["12 + 30 = 42", /no letters/],
  ])("finds %j", (text, why) => {
    expect(reasons(filter, textItem(text))).toEqual([expect.stringMatching(why)]);
  });

  it.each([
    "Hi!",
    "What is 3 + 4? It is 7.",
    "HELLO! I AM A ROBOT.",
    "Ssssssssh, said the snake. Booooooo! went the ghost.",
    "Ha ha ha ha ha! That is funny.",
    "My number is 555-0100, and I live at 12 Rose Street.",
    "Row, row, row your boat\nGently down the stream\nMerrily, merrily\nLife is but a dream",
    "Look at https://example.org/parrots for more of them.",
    "ありがとう。またあした、がっこうで。",
    "I \u2764\ufe0f you \u{1F600}\u{1F600}\u{1F600}",
    "Der Herbststurm war so schrecklich, dass die Angsthasen zuhause blieben.",
  ])("keeps %j", (text) => {
    expect(reasons(filter, textItem(text))).toEqual([]);
  });
});

describe("boilerplate", () => {
  const header =
    "A book\n\n*** START OF THIS PROJECT GUTENBERG EBOOK A BOOK ***\n\nProduced by\nSomebody\n\n";
  const footer =
    "\nEnd of the Project Gutenberg EBook of A Book\n\n*** END OF THIS PROJECT GUTENBERG EBOOK ***\nA licence";

  it("cuts the header and the licence", async () => {
    const filters = await createFilters({ boilerplate: true });
    expect(filters.apply(textItem(`${header}The story.\n${footer}`))).toEqual(textItem("The story.\n"));
    expect(filters.reports()[0]).toMatchObject({ seen: 1, dropped: 0, cut: 1 });
    expect(filters.reports()[0]?.examples.map(({ place }) => place.line)).toEqual([3, 12]);
  });

  it("drops the pieces after the end, and begins anew with the next document", () => {
    const filter = createBoilerplateFilter();
    const apply = (text: string, continues: boolean): string | undefined => {
      const left = filter.apply({ ...textItem(text), continues }, text, () => {});
      return left?.kind === "text" ? left.text : undefined;
    };
    expect(apply(`${header}One.`, false)).toBe("One.\n");
    expect(apply(`Two.${footer}`, true)).toBe("Two.\n");
    expect(apply("more of the licence", true)).toBeUndefined();
    expect(apply("Another document.", false)).toBe("Another document.");
  });
});

describe("filters in a row", () => {
  const story = (night: number): string =>
    `The parrot told its story number ${night}, in which a mouse and a cat cross the river on a leaf together.`;

  it("names all of them", () => {
    expect([...filterNames].sort()).toEqual(
      [
        "boilerplate",
        "duplicates",
        "familyFriendly",
        "language",
        "length",
        "placeholders",
        "quality",
        "turns",
      ].sort(),
    );
  });

  it("cuts a bad paragraph from a long text, and drops a short one", async () => {
    const filters = await createFilters({ placeholders: true });
    const paragraphs = Array.from({ length: 200 }, (_, night) => story(night));
    const bad = paragraphs.with(100, "Hello, [name]!");
    const left = filters.apply(textItem(bad.join("\n\n")));
    expect(left).toEqual(textItem(paragraphs.toSpliced(100, 1).join("\n\n")));
    expect(filters.apply(textItem(bad.slice(98, 103).join("\n\n")))).toBeUndefined();
    expect(filters.reports()).toMatchObject([{ name: "placeholders", seen: 2, dropped: 1, cut: 1 }]);
    expect(filters.reports()[0]?.examples[0]).toEqual({
      place: { file: "a.txt", line: 203 },
      text: "…together. Hello, [name]! The parrot told its story number 101, in which a mouse…",
      why: "a placeholder",
    });
  });

  it("shows the record's line where lines of the text are none of the file", async () => {
    const filters = await createFilters({ placeholders: true });
    filters.apply({ ...textItem("One.\nHello, [name]!"), file: "texts.jsonl" });
    expect(filters.reports()[0]?.examples[0]?.place).toEqual({ file: "texts.jsonl", line: 3 });
  });

  it("drops the rest of a document of which a piece is dropped", async () => {
    const filters = await createFilters({ quality: true });
    const pieces = ["&&&& #### ".repeat(20), story(1), story(2)].map((text, i) => ({
      ...textItem(text),
      ...(i > 0 && { continues: true }),
    }));
    expect(pieces.map((piece) => filters.apply(piece))).toEqual([undefined, undefined, undefined]);
    expect(filters.apply(textItem(story(3)))).toBeDefined();
    expect(filters.reports()).toMatchObject([{ seen: 4, dropped: 3 }]);
  });

  it("asks a filter only about what those before it keep", async () => {
    const filters = await createFilters({ turns: { least: 2 }, duplicates: "exact" });
    filters.apply(talk("Hi"));
    filters.apply(talk("Hi", "Hello"));
    filters.apply(talk("hi", "  Hello "));
    expect(filters.reports().map(({ name, seen, dropped }) => [name, seen, dropped])).toEqual([
      ["turns", 3, 1],
      ["duplicates", 2, 1],
    ]);
  });

  it("refuses bounds that keep nothing", async () => {
    await expect(createFilters({ length: { least: 5, most: 4 } })).rejects.toMatchObject({
      code: "filter-config",
    });
  });
});
