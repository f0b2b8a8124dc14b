import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** A character with as little of a world as makes all four kinds of text. */
export const tinyPack: Readonly<Record<string, string>> = {
  "kiki.yaml": `
me: { name: Kiki, article: none, pronoun: she, color: blue, likes: [rain, nuts] }
friends:
  - { name: Bo, article: none, kind: frog, pronoun: he }
  - { name: Lu, article: none, kind: hen, pronoun: she }
`,
  "manners.yaml": `
split: 1
refusals: { answers: ["I do not know that yet."], marks: ["do not know"] }
before: ["please tell me, "]
after: [" please"]
mess: { lower: 0.4, unmarked: 0.4, short: 0.15, typo: 0.06 }
short: { "what is": "what's" }
phrases: { hello: ["Hello!", "Hi!"] }
`,
  "world/colors.yaml": "colors: [red, green, blue, brown, white, black]",
  "world/animals.yaml": `
animals:
${["frog green", "hen brown", "swan white", "crow black", "fox red", "bear brown", "whale blue", "owl white"]
  .map((each) => each.split(" "))
  .map(([name, color]) => `  - { name: ${name}, color: ${color} }`)
  .join("\n")}
`,
  "world/strange.yaml": "strange: [rocket, castle, volcano, robot, magnet, tractor, anchor, violin, canyon]",
  "patterns/colors.yaml": `
- skill: color
  let: { x: animals with color }
  says: ["{a x} is {x.color}.", "The color of {a x} is {x.color}."]
  asks: ["What color is {a x}?", "Tell me the color of {a x}.", "Which color has {a x}?", "How does {a x} look?"]
  answers: ["{a x} is {x.color}.", "It is {x.color}."]
  right: ["{x.color}"]
  wrong: colors
- { skill: unknown, outside: true, let: { x: strange }, borrow: [color] }
- skill: greeting
  place: start
  asks: ["Hello!", "Hi!", "Good day!"]
  answers: ["{hello}"]
  right: [hello, hi]
- skill: likes
  let: { x: me.likes }
  says: ["{me.name} likes {x}."]
  asks: ["Do you like {x}?", "Is {x} nice?"]
  answers: ["Yes, I like {x}."]
  right: ["yes"]
`,
  "stories/lost.yaml": `
- story: the lost ball
  let: { hero: friends, helper: friends }
  where: [hero != helper]
  parts:
    - ["One day {hero} lost a ball.", "{hero} had a [red|blue|green] ball, and it was gone."]
    - ["{helper} found it.", "{helper} looked everywhere. Then there it was!"]
    - ["They played until it was dark."]
`,
};

/** Writes it into a folder, with some of its files in another way, and gives the path of the character's file. */
export function writeTinyPack(folder: string, other: Readonly<Record<string, string>> = {}): string {
  for (const [path, text] of Object.entries({ ...tinyPack, ...other })) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  return join(folder, "kiki.yaml");
}
