import { closest, ParrotletError } from "../../base/index.ts";
import { type GenerationConfig, generationConfig } from "../../generate/index.ts";
import type { Workspace } from "../../workspace/index.ts";
import { table } from "../terminal.ts";
import type { ChatModel } from "./model.ts";

/** What commands act on. */
export interface CommandTarget {
  readonly workspace: Workspace;
  readonly model: ChatModel;
  config: GenerationConfig;
  write(text: string): void;
  /** Talks to another model. */
  switchTo(reference: string): Promise<void>;
  /** @param message What to say. @default what was said last */
  compare(references: readonly [string, string], message: string): Promise<void>;
  /** Shows what the model was trained on, and what it says to it. */
  listQuestions(): Promise<void>;
  /** Shows what the model looked at for its last reply. */
  showAttention(): void;
  save(name: string): Promise<void>;
  leave(): void;
}

interface ChatCommand {
  readonly usage: string;
  readonly about: string;
  readonly run: (target: CommandTarget, argument: string) => Promise<void> | void;
}

/** A command that shows or sets one number of the generation config. */
const setting = (key: keyof GenerationConfig, usage: string, about: string): ChatCommand => ({
  usage,
  about,
  run: (target, argument) => {
    if (argument !== "") target.config = generationConfig({ ...target.config, [key]: Number(argument) });
    target.write(`${key} is ${target.config[key]}`);
  },
});

export const chatCommands: Readonly<Record<string, ChatCommand>> = {
  help: {
    usage: "/help",
    about: "this list",
    run: (target) => {
      const rows = Object.values(chatCommands).map(({ usage, about }) => [usage, about]);
      target.write(table(["command", "what it does"], rows));
      target.write(
        "Anything else is said to the model. It sees one message at a time. Ctrl-C stops a reply; at an empty prompt it leaves.",
      );
    },
  },
  questions: {
    usage: "/questions",
    about: "what it learned, what it never saw, and what it says to each",
    run: (target) => target.listQuestions(),
  },
  temp: setting("temperature", "/temp X", "how daring: 0 takes the likeliest letter, 1 draws as it learned"),
  tokens: setting("maxNewTokens", "/tokens N", "most tokens of a reply"),
  topk: setting("topK", "/topk N", "choose among the N likeliest; 0 is all"),
  topp: setting("topP", "/topp X", "choose among the likeliest that reach probability X"),
  seed: setting("seed", "/seed N", "the same seed gives the same reply"),
  model: {
    usage: "/model NAME",
    about: "talk to another run, RUN@STEP or folder",
    run: async (target, argument) => {
      if (argument !== "") return target.switchTo(argument);
      const names = await target.workspace.runNames();
      target.write(`This is ${target.model.label}. There are ${names.join(", ") || "no runs"}.`);
    },
  },
  checkpoint: {
    usage: "/checkpoint STEP",
    about: "the same run at another moment",
    run: async (target, argument) => {
      const { run } = target.model.found;
      if (!run)
        throw new ParrotletError(
          "no-run",
          `${target.model.label} is a folder of its own; it has no other checkpoints.`,
        );
      if (argument !== "") return target.switchTo(argument);
      target.write(`This is ${target.model.label}. There are ${(await run.checkpoints()).join(", ")}.`);
    },
  },
  compare: {
    usage: "/compare A B [MESSAGE]",
    about: "what two checkpoints or models say to the same message",
    run: (target, argument) => {
      const [a, b, ...message] = argument.split(/\s+/);
      if (!a || !b)
        throw new ParrotletError(
          "usage",
          "Say /compare A B, where A and B are steps of this run or names of models.",
        );
      return target.compare([a, b], message.join(" "));
    },
  },
  attention: {
    usage: "/attention",
    about: "what the model looked at for each letter of its last reply",
    run: (target) => target.showAttention(),
  },
  save: {
    usage: "/save [NAME]",
    about: "keep this conversation in the workspace",
    run: (target, argument) => target.save(argument),
  },
  quit: { usage: "/quit", about: "leave", run: (target) => target.leave() },
};

/** Runs a line that begins with a slash. */
export async function runCommand(target: CommandTarget, line: string): Promise<void> {
  const [name = "", argument = ""] = /^\/(\S*)\s*(.*)$/.exec(line)?.slice(1) ?? [];
  const command = Object.hasOwn(chatCommands, name) ? chatCommands[name] : undefined;
  if (!command) {
    const meant = closest(name, Object.keys(chatCommands));
    throw new ParrotletError(
      "unknown-command",
      `There is no /${name}. ${meant ? `Did you mean /${meant}?` : "See /help."}`,
    );
  }
  await command.run(target, argument.trim());
}
