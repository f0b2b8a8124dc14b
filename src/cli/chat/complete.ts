import { starterNames } from "../../node/index.ts";
import type { Workspace } from "../../workspace/index.ts";
import { chatCommands } from "./commands.ts";
import type { ChatModel } from "./model.ts";

/** What the tab key may mean, for readline: commands, and after them the names of models, or of one's checkpoints. */
export async function complete(
  line: string,
  workspace: Workspace,
  model: ChatModel,
): Promise<[words: string[], of: string]> {
  if (!line.startsWith("/")) return [[], line];
  const [command = "", rest] = /^(\S+)(?:\s+(.*))?$/.exec(line)?.slice(1) ?? [];
  if (rest === undefined) {
    const names = Object.values(chatCommands).map(({ usage }) => usage.replace(/ .*/, " "));
    return [names.filter((name) => name.startsWith(command)), line];
  }
  const word = rest.split(/\s+/).at(-1) ?? "";
  const words = await wordsFor(command, word, workspace, model);
  return [words.filter((each) => each.startsWith(word)), word];
}

async function wordsFor(
  command: string,
  word: string,
  workspace: Workspace,
  { found }: ChatModel,
): Promise<string[]> {
  const takesStep = command === "/checkpoint" || command === "/compare";
  if (!takesStep && command !== "/model") return [];
  const steps = takesStep ? ((await found.run?.checkpoints()) ?? []).map(String) : [];
  if (command === "/checkpoint") return steps;
  const names = await workspace.runNames();
  const [name = ""] = word.split("@");
  if (!word.includes("@") || !names.includes(name))
    return [...new Set([...steps, ...names, ...(await starterNames())])];
  const own = await (await workspace.run(name)).checkpoints();
  return ["best", "newest", ...own].map((step) => `${name}@${step}`);
}
