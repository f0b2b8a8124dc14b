import type { Command } from "commander";
import { CORPUS_KINDS } from "../data/index.ts";
import { examples, jsonOption, kindOption, seedNumber, sizeOption, wholeFrom } from "./options.ts";
import { readingFlags } from "./training-flags.ts";

/** `parrotlet data ...` */
export function addDataCommands(program: Command, setCode: (code: number) => void): void {
  const data = program
    .command("data")
    .description("look at data before training on them, and make some")
    .exitOverride();
  const inspect = data
    .command("inspect <file|folder|hf:dataset>")
    .description("say what data hold: formats, counts, lengths, samples, problems, duplicates, filters")
    .exitOverride()
    .option("--encoding <label>", "of the text (default: found out)")
    .option("--format <id>", "of the files (default: found out)")
    .option("--me <name>", "in chats: whom the model would learn to be (default: who writes most)");
  for (const each of readingFlags()) inspect.addOption(each);
  inspect
    .option("--no-near-duplicates", "do not look for near duplicates, which takes most of the time")
    .option("--limit <n>", "look at so many texts or conversations only", wholeFrom(1))
    .addOption(jsonOption())
    .action(async (what: string, options: Record<string, never>) => {
      const { inspect: action } = await import("./commands/data.ts");
      setCode(await action(what, options));
    });
  examples(inspect, [
    ["parrotlet data inspect my-notes/", "a folder, with all that is in it"],
    ["parrotlet data inspect chat.txt --me Ada", "an export of a chat, as it would be trained"],
    ["parrotlet data inspect big.jsonl --limit 5000", "a quick look at a large file"],
    ["parrotlet data inspect hf:owner/dataset --json", "a dataset of the Hub, for machines"],
    ["parrotlet data inspect pack:pip/stories", "what is made of a character"],
  ]);
  addMakeCommand(data, setCode);
}

function addMakeCommand(data: Command, setCode: (code: number) => void): void {
  const make = data
    .command("make <character|file>")
    .description("make text of a character and its world; into a pipe as JSONL")
    .exitOverride()
    .option("--size <size>", "how much text (default: 5MB)", sizeOption)
    .option("--seed <n>", "other text of the same kind with each (default: 1)", seedNumber)
    .option("--kind <kinds>", `${CORPUS_KINDS.join(", ")} (default: all)`, kindOption)
    .option(
      "--out <folder>",
      "write sentences.txt, stories.txt, questions.jsonl and conversations.jsonl there",
    )
    .option("--exam <file>", "write the questions of the exam, with what is right, as JSONL")
    .option("--samples <n>", "print so many, each with the same chance", wholeFrom(1))
    .addOption(jsonOption())
    .action(async (name: string, options: Record<string, never>) => {
      const { make: action } = await import("./make-data.ts");
      setCode(await action(name, options));
    });
  examples(make, [
    ["parrotlet data make pip", "what the program's own character gives, in numbers"],
    ["parrotlet data make pip --samples 20 --kind conversations", "some of it, to read"],
    ["parrotlet data make my-character.yaml --size 20MB --out text", "files of a character of your own"],
    ["parrotlet data make pip --size 1MB | head", "a text or conversation a line"],
  ]);
}
