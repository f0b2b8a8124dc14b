import chalk from "chalk";
import { InvalidArgumentError } from "commander";
import { closest, ParrotletError } from "../../../base/index.ts";
import {
  GENERATION_RANGES,
  type GenerationConfig,
  type GenerationNumber,
  generationConfig,
} from "../../../generate/index.ts";
import { biasOption, formatOption, unescaped, usualSampling } from "../../sampling-options.ts";
import { count, harmless, indented } from "../../terminal.ts";
import { showStats } from "../show-stats.ts";
import { type ChatCommand, type CommandTarget, misused } from "./command.ts";

type Key = keyof GenerationConfig;

export const settingNames: readonly Key[] = Object.keys(generationConfig()) as Key[];

const ABOUT: Readonly<Record<Key, string>> = {
  maxNewTokens: "most tokens of a reply",
  temperature: "how daring: 0 takes the likeliest",
  topK: "choose among so many of the likeliest; 0 is all",
  topP: "choose among the likeliest that reach this probability",
  minP: "choose among those this fraction as likely as the likeliest",
  repetitionPenalty: "above 1, less of what was said",
  frequencyPenalty: "less of what the reply has often",
  presencePenalty: "less of what the reply has",
  seed: "the same gives the same reply",
  stopSequences: "texts that end a reply",
  logitBias: "ID=X: makes a token likelier or less likely",
  format: "json, a /regular expression/ or a schema's file",
};

/** A command that shows or sets one number of the config. */
const setting = (key: GenerationNumber, usage: string, about: string): ChatCommand => ({
  usage,
  about,
  run: (target, argument) => {
    if (argument !== "") target.talk.set(key, argument === "default" ? undefined : Number(argument));
    target.write(`${key} is ${shownValue(target, key)}`);
  },
});

export const settingCommands: Readonly<Record<string, ChatCommand>> = {
  params: {
    usage: "/params",
    about: "how replies are chosen: each setting, its range and its default",
    run: (target) => {
      const width = Math.max(...settingNames.map((key) => key.length));
      for (const key of settingNames) {
        const isGiven = target.talk.given[key] !== undefined;
        const value = `${shownValue(target, key)}${isGiven ? ` (without that: ${defaultOf(target, key)})` : ""}`;
        const start = `${isGiven ? "*" : " "} ${key.padEnd(width)}  `;
        target.write(indented(`${chalk.bold(value)} - ${ABOUT[key]}; ${rangeOf(key)}`, start));
      }
    },
  },
  set: {
    usage: "/set KEY VALUE",
    about: "change a setting of /params; default gives it back",
    run: (target, argument) => {
      const [, name = "", text = ""] = /^(\S+)\s*([\s\S]*)$/.exec(argument) ?? [];
      if (name === "") throw misused("Say /set KEY VALUE: /set temperature 0.5. The keys are in /params.");
      const key = settingNamed(name);
      if (text !== "") target.talk.set(key, text === "default" ? undefined : readValue(key, text));
      target.write(`${key} is ${shownValue(target, key)}`);
    },
  },
  stats: {
    usage: "/stats",
    about: "speed, and how full the context window is",
    run: (target) => target.write(showStats(target.talk)),
  },
  temp: setting("temperature", "/temp X", "how daring: 0 takes the likeliest letter, 1 draws as it learned"),
  tokens: setting("maxNewTokens", "/tokens N", "most tokens of a reply"),
  topk: setting("topK", "/topk N", "choose among the N likeliest; 0 is all"),
  topp: setting("topP", "/topp X", "choose among the likeliest that reach probability X"),
  seed: {
    usage: "/seed [N]",
    about: "the same seed gives the same reply; off for another each time",
    run: (target, argument) => {
      const isOff = argument === "off" || argument === "default";
      if (argument !== "") target.talk.set("seed", isOff ? undefined : Number(argument));
      target.write(`seed is ${shownValue(target, "seed")}`);
    },
  },
  stop: {
    usage: "/stop [TEXT]",
    about: "end before this text (\\n is a line break); off for none",
    run: (target, argument) => {
      if (argument !== "")
        target.talk.set("stopSequences", argument === "off" ? undefined : [unescaped(argument)]);
      const stops = target.talk.given.stopSequences ?? [];
      const shown = stops.map((stop) => JSON.stringify(stop)).join(" or ");
      target.write(shown === "" ? "No text ends a reply." : `Ends before ${shown}.`);
    },
  },
};

/** Names as they are, or as flags spell them: `top-p`, `topp`. */
function settingNamed(name: string): Key {
  const plain = (text: string): string => text.replaceAll(/[-_]/g, "").toLowerCase();
  const found = settingNames.find((key) => plain(key) === plain(name));
  if (found) return found;
  const meant = closest(name, settingNames);
  const help = meant ? `Did you mean ${meant}?` : "The settings are in /params.";
  throw new ParrotletError("generation-config", `There is no setting ${JSON.stringify(name)}. ${help}`);
}

/** @throws {ParrotletError} `usage`. */
function readValue(key: Key, text: string): unknown {
  const isOff = text === "off" || text === "none";
  try {
    if (key === "stopSequences") return isOff ? [] : listOf(text).map(unescaped);
    if (key === "logitBias")
      return isOff ? {} : Object.assign({}, ...text.split(/[\s,]+/).map((each) => biasOption(each)));
    if (key === "format") return isOff ? undefined : formatOption(text);
    return isOff ? undefined : Number(text);
  } catch (error) {
    if (error instanceof InvalidArgumentError) throw misused(`${key}: ${error.message}`);
    throw error;
  }
}

/** A text, or a list of texts as JSON. */
function listOf(text: string): string[] {
  if (!text.startsWith("[")) return [text];
  try {
    return JSON.parse(text) as string[];
  } catch {
    throw misused('stopSequences: a list is written as JSON, ["one", "two"], and a text as it is.');
  }
}

function shownValue(target: CommandTarget, key: Key): string {
  const value = target.talk.configFor(target.talk.about)[key];
  return value === undefined ? defaultOf(target, key) : told(value);
}

function defaultOf({ talk: { about, usual: most } }: CommandTarget, key: Key): string {
  if (key === "maxNewTokens" && most !== undefined)
    return about.kind === "text" ? String(most) : `up to ${most}`;
  if (key === "maxNewTokens") return about.kind === "text" ? "400" : "what the context window leaves";
  if (key === "seed") return "another for each reply";
  const usual: Partial<GenerationConfig> = usualSampling(about.kind);
  return told(usual[key] ?? generationConfig()[key]);
}

function told(value: unknown): string {
  if (value === undefined) return "none";
  if (typeof value === "object" && Object.keys(value ?? {}).length === 0) return "none";
  return typeof value === "object" ? harmless(JSON.stringify(value)) : String(value);
}

function rangeOf(key: Key): string {
  if (key === "stopSequences") return "up to 64 texts";
  if (key === "logitBias") return "ID=-100 to 100";
  if (key === "format") return "json, /.../ or a file";
  const [least, most] = GENERATION_RANGES[key];
  return `${least} to ${count(most)}`;
}
