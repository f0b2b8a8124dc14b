import { ParrotletError } from "../../base/index.ts";
import type { ChatMessage, HeldBackend, ReplyEvent } from "../../chat/index.ts";
import { generationConfig } from "../../generate/index.ts";
import { MAX_NEW_TOKENS } from "../sampling-options.ts";
import { isInteractive, printJson, table } from "../terminal.ts";
import { type AboutModel, aboutModel } from "./about-model.ts";
import { type CommandTarget, misused } from "./commands/command.ts";
import { goOn } from "./go-on.ts";
import { speedLine } from "./show-stats.ts";
import { SideBySide } from "./side-by-side.ts";
import type { Talk } from "./talk.ts";

interface Compared {
  readonly held: HeldBackend;
  readonly about: AboutModel;
}

/** A reply elsewhere gets this much at most, where nobody says how much. */
const USUAL = 400;

/** What two models say to one message, at once. */
export async function compare(target: CommandTarget, argument: string): Promise<void> {
  const { talk } = target;
  const { references, message } = await read(talk, argument);
  const held: HeldBackend[] = [];
  try {
    for (const reference of references) held.push(await talk.open(reference));
    const models: Compared[] = await Promise.all(
      held.map(async (each) => ({ held: each, about: await aboutModel(talk.workspace, each.backend) })),
    );
    await target.stoppable((signal) => answerAll(target, models, message, signal));
  } finally {
    for (const each of held) each.release();
  }
}

/** `A B MESSAGE`, where B may be left out: it is a model if it can be found. */
async function read(
  talk: Talk,
  argument: string,
): Promise<{ references: [string, string]; message: string }> {
  const [, a = "", second = "", rest = ""] = /^(\S+)(?:\s+(\S+)\s*([\s\S]*))?$/.exec(argument) ?? [];
  const isModel = second !== "" && (await canBeOpened(talk, second));
  const references: [string, string] = isModel ? [a, second] : [talk.backend.address, a];
  const given = isModel ? rest : `${second} ${rest}`.trim();
  const message = given || talk.conversation.path.findLast(({ role }) => role === "user")?.text;
  if (message === undefined) throw misused("Say something first, or add a message: /compare A B MESSAGE.");
  return { references, message };
}

async function canBeOpened(talk: Talk, reference: string): Promise<boolean> {
  try {
    (await talk.open(reference)).release();
    return true;
  } catch (error) {
    const { code } = error as ParrotletError;
    // What looks like an address is meant to be one.
    if (/^[a-z]+:./.test(reference) || reference.includes("@")) throw error;
    if (code === "model-not-found" || code === "bad-address") {
      if (/^\d+$/.test(reference) && talk.about.local?.found.run) throw error;
      return false;
    }
    throw error;
  }
}

async function answerAll(
  { talk, json }: CommandTarget,
  models: readonly Compared[],
  message: string,
  signal: AbortSignal,
): Promise<void> {
  const names = models.map(({ about }) => about.label);
  const labels = names.map((name, place) => (names.indexOf(name) < place ? `${name} (${place + 1})` : name));
  const view = !json && isInteractive() ? new SideBySide(process.stdout, labels) : undefined;
  const answers = await Promise.all(
    models.map(async (model, place) => {
      let [text, foot] = ["", ""];
      try {
        for await (const event of answer(talk, model, message, signal)) {
          if (event.type === "delta") text += event.text;
          else foot = speedLine(event.usage, event.timing);
          view?.update(place, text, foot);
        }
      } catch (error) {
        if (!(error instanceof ParrotletError)) throw error;
        foot = error.message;
        view?.update(place, text, foot);
      }
      return { text, foot };
    }),
  );
  const rows = answers.map(({ text, foot }, place) => [labels[place] ?? "", text || foot]);
  if (json) printJson({ message, replies: Object.fromEntries(rows) });
  else if (view) view.end();
  else process.stdout.write(`${table(["model", message], rows)}\n`);
}

async function* answer(
  talk: Talk,
  { held: { backend }, about }: Compared,
  message: string,
  signal: AbortSignal,
): AsyncGenerator<ReplyEvent, void> {
  const wanted = talk.configFor(about);
  const seed = wanted.seed ?? 0;
  if (about.kind === "text") {
    const config = generationConfig({ maxNewTokens: talk.usual ?? MAX_NEW_TOKENS, ...wanted, seed });
    return yield* goOn(backend, message, config, { signal });
  }
  const { system } = talk.conversation;
  const first: ChatMessage[] =
    system !== undefined && backend.abilities.system ? [{ role: "system", text: system }] : [];
  const messages: ChatMessage[] = [...first, { role: "user", text: message }];
  const room = backend.contextWindow - (await backend.countTokens(messages));
  const maxNewTokens = wanted.maxNewTokens ?? Math.max(1, Math.min(talk.usual ?? USUAL, room));
  yield* backend.reply(messages, generationConfig({ ...wanted, seed, maxNewTokens }), { signal });
}
