import { importedNames, starterNames } from "../../node/index.ts";
import { chatCommands } from "./commands/index.ts";
import { settingNames } from "./commands/settings.ts";
import type { Talk } from "./talk.ts";

/** What the tab key may mean, for readline: commands, and after them the names of models, checkpoints or settings. */
export async function complete(line: string, talk: Talk): Promise<[words: string[], of: string]> {
  if (!line.startsWith("/")) return [[], line];
  const [command = "", rest] = /^(\S+)(?:\s+(.*))?$/.exec(line)?.slice(1) ?? [];
  if (rest === undefined) {
    const names = Object.values(chatCommands).map(({ usage }) => usage.replace(/ .*/, " "));
    return [names.filter((name) => name.startsWith(command)), line];
  }
  const word = rest.split(/\s+/).at(-1) ?? "";
  const words = await wordsFor(command, word, talk);
  return [words.filter((each) => each.startsWith(word)), word];
}

async function wordsFor(command: string, word: string, { workspace, about }: Talk): Promise<string[]> {
  if (command === "/set") return settingNames.map((name) => `${name} `);
  const takesStep = command === "/checkpoint" || command === "/compare";
  if (!takesStep && command !== "/model") return [];
  const { run } = about.local?.found ?? {};
  const steps = takesStep ? ((await run?.checkpoints()) ?? []).map(String) : [];
  if (command === "/checkpoint") return steps;
  const names = await workspace.runNames();
  const [name = ""] = word.split("@");
  if (!word.includes("@") || !names.includes(name))
    return [...new Set([...steps, ...names, ...(await importedNames(workspace)), ...(await starterNames())])];
  const own = await (await workspace.run(name)).checkpoints();
  return ["best", "newest", ...own].map((step) => `${name}@${step}`);
}
