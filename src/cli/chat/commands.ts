import { closest, ParrotletError } from "../../base/index.ts";
import { type GenerationConfig, type GenerationNumber, generationConfig } from "../../generate/index.ts";
import { starterNames } from "../../node/index.ts";
import type { Workspace } from "../../workspace/index.ts";
import { unescaped } from "../sampling-options.ts";
import { table } from "../terminal.ts";
import type { ChatModel } from "./model.ts";

/** What commands act on. */
export interface CommandTarget {
  readonly workspace: Workspace;
  readonly model: ChatModel;
  config: GenerationConfig;
  /** Whether each reply shall draw by the same seed. */
  seedStays: boolean;
  /** What the system says in a conversation, if anything. */
  system: string;
  write(text: string): void;
  /** Talks to another model. */
  switchTo(reference: string): Promise<void>;
  /** @param message What to say. @default what was said last */
  compare(references: readonly [string, string], message: string): Promise<void>;
  /** Shows what the model was trained on, and what it says to it. */
  listQuestions(): Promise<void>;
  /** Shows all runs. */
  listModels(): Promise<void>;
  /** Writes a text that begins with a prompt, or without one. */
  goOn(prompt: string): Promise<void>;
  /** Forgets what was said. */
  reset(): void;
  /** Shows what the model looked at for its last reply. */
  showAttention(layer: number | undefined): void;
  save(name: string): Promise<void>;
  leave(): void;
}

interface ChatCommand {
  readonly usage: string;
  readonly about: string;
  readonly run: (target: CommandTarget, argument: string) => Promise<void> | void;
}

/** A command that shows or sets one number of the generation config. */
const setting = (key: GenerationNumber, usage: string, about: string): ChatCommand => ({
  usage,
  about,
  run: (target, argument) => {
    if (argument !== "") target.config = generationConfig({ ...target.config, [key]: Number(argument) });
    target.write(`${key} is ${target.config[key]}`);
  },
});

/** What happens to lines that are no commands. */
const LINES = {
  pairs: "Anything else is said to the model. It sees one message at a time.",
  text: "Anything else is the beginning of a text, which the model goes on with.",
  chat: "Anything else is said to the model. It sees what was said before, as far as its context window reaches.",
} as const;

export const chatCommands: Readonly<Record<string, ChatCommand>> = {
  help: {
    usage: "/help",
    about: "this list",
    run: (target) => {
      const rows = Object.values(chatCommands).map(({ usage, about }) => [usage, about]);
      target.write(table(["command", "what it does"], rows));
      target.write(`${LINES[target.model.kind]} Ctrl-C stops a reply; at an empty prompt it leaves.`);
    },
  },
  generate: {
    usage: "/generate [TEXT]",
    about: "go on with a text, or begin one",
    run: (target, argument) => target.goOn(argument),
  },
  reset: {
    usage: "/reset",
    about: "forget what was said",
    run: (target) => target.reset(),
  },
  system: {
    usage: "/system [TEXT]",
    about: "what the system says before a conversation; off for nothing",
    run: (target, argument) => {
      if (target.model.kind !== "chat") {
        const message = `${target.model.label} was not trained on conversations: it has no token for what a system says.`;
        throw new ParrotletError("no-chat-template", message);
      }
      if (argument !== "") target.system = argument === "off" ? "" : argument;
      target.write(target.system ? `The system says: ${target.system}` : "The system says nothing.");
    },
  },
  questions: {
    usage: "/questions",
    about: "what it learned or was measured by, and what it says to each",
    run: (target) => target.listQuestions(),
  },
  temp: setting("temperature", "/temp X", "how daring: 0 takes the likeliest letter, 1 draws as it learned"),
  tokens: setting("maxNewTokens", "/tokens N", "most tokens of a reply"),
  topk: setting("topK", "/topk N", "choose among the N likeliest; 0 is all"),
  topp: setting("topP", "/topp X", "choose among the likeliest that reach probability X"),
  seed: {
    usage: "/seed [N]",
    about: "the same seed gives the same reply; off for another each time",
    run: (target, argument) => {
      target.seedStays = argument === "" ? target.seedStays : argument !== "off";
      if (argument !== "" && argument !== "off")
        target.config = generationConfig({ ...target.config, seed: Number(argument) });
      target.write(`seed is ${target.config.seed}${target.seedStays ? "" : ", and another for each reply"}`);
    },
  },
  stop: {
    usage: "/stop [TEXT]",
    about: "end before this text (\\n is a line break); off for none",
    run: (target, argument) => {
      if (argument !== "") {
        const stopSequences = argument === "off" ? [] : [unescaped(argument)];
        target.config = generationConfig({ ...target.config, stopSequences });
      }
      const [stop] = target.config.stopSequences;
      target.write(stop === undefined ? "No text ends a reply." : `Ends before ${JSON.stringify(stop)}.`);
    },
  },
  models: {
    usage: "/models",
    about: "all models: what they are for, how good, how old",
    run: (target) => target.listModels(),
  },
  model: {
    usage: "/model NAME",
    about: "talk to another run, RUN@STEP, starter or folder",
    run: async (target, argument) => {
      if (argument !== "") return target.switchTo(argument);
      const names = [...new Set([...(await target.workspace.runNames()), ...(await starterNames())])];
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
    usage: "/attention [LAYER]",
    about: "what the model looked at for each letter of its last reply",
    run: (target, argument) => target.showAttention(argument === "" ? undefined : Number(argument)),
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
