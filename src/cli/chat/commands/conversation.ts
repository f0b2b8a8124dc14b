import { ParrotletError, shortened } from "../../../base/index.ts";
import { Conversation, type MessageRecord, UnableError } from "../../../chat/index.ts";
import { systemSources } from "../../../node/index.ts";
import { counted, harmless, oneLine } from "../../terminal.ts";
import { exchangesOf, showHistory, showVersions } from "../show-history.ts";
import { type ChatCommand, type CommandTarget, misused } from "./command.ts";

/** The N-th message of the person on the path, or the newest. */
function myMessage({ talk }: CommandTarget, number: string): MessageRecord {
  const mine = talk.conversation.path.filter(({ role }) => role === "user");
  const found = number === "" ? mine.at(-1) : mine[Number(number) - 1];
  if (found) return found;
  const there = mine.length === 0 ? "You have said nothing yet." : `You have said ${mine.length}: /history.`;
  throw new ParrotletError("message-not-found", `There is no message ${number || "of yours"}. ${there}`);
}

/** Of the newest reply of the path, or of the person's newest message. */
function newest({ talk }: CommandTarget, role: MessageRecord["role"]): MessageRecord {
  const found = talk.conversation.path.findLast((message) => message.role === role);
  if (found) return found;
  throw new ParrotletError("message-not-found", "Nothing was said yet.");
}

/** Puts the N-th version of a message on the path, from 1. */
async function choose({ talk }: CommandTarget, message: MessageRecord, number: string): Promise<void> {
  const { versions, index } = talk.conversation.versions(message.id);
  const wanted = Number(number) - 1;
  if (!versions[wanted]) {
    const there = versions.length === 1 ? "There is one version" : `There are ${versions.length} versions`;
    throw new ParrotletError("message-not-found", `There is no version ${number}. ${there}: /versions.`);
  }
  const by = wanted > index ? 1 : -1;
  for (let at = index; at !== wanted; at += by) await talk.session.choose(versions[at]?.id ?? "", by);
}

/** What a text begins with that a model goes on with; a reply begins with nothing. */
const begunBy = ({ talk: { about } }: CommandTarget, text: string): string =>
  about.kind === "text" ? text : "";

const width = (): number => process.stdout.columns ?? 100;

export const conversationCommands: Readonly<Record<string, ChatCommand>> = {
  generate: {
    usage: "/generate [TEXT]",
    about: "go on with a text, or begin one",
    run: (target, argument) =>
      target.show((options) => target.talk.write(argument, options), { message: argument, begun: argument }),
  },
  retry: {
    usage: "/retry [N]",
    about: "answer again, as another version; with N, back to that version",
    run: async (target, argument) => {
      if (argument === "") {
        const { text: message } = newest(target, "user");
        return target.show((options) => target.talk.retry(options), {
          message,
          begun: begunBy(target, message),
        });
      }
      await choose(target, newest(target, "assistant"), argument);
      target.write(harmless(newest(target, "assistant").text));
    },
  },
  versions: {
    usage: "/versions [mine] [N]",
    about: "the versions of the last reply (or of what you said), or one of them",
    run: async (target, argument) => {
      const [, mine, number = ""] = /^(mine)?\s*(\d*)$/.exec(argument) ?? [];
      if (mine === undefined && number === "" && argument !== "")
        throw misused("Say /versions, /versions 2 or /versions mine 1.");
      const message = newest(target, mine ? "user" : "assistant");
      if (number !== "") await choose(target, message, number);
      target.write(showVersions(target.talk, message, width()));
    },
  },
  edit: {
    usage: "/edit [N] [TEXT]",
    about: "say the last or N-th message otherwise, and hear the answer",
    run: async (target, argument) => {
      const [, number = "", text = ""] = /^(\d*)\s*([\s\S]*)$/.exec(argument) ?? [];
      const count = target.talk.conversation.path.filter(({ role }) => role === "user").length;
      // "/edit 2 plus 2?" may be meant so where there is no second message.
      const isNumber = number !== "" && (Number(number) <= count || text === "");
      const message = myMessage(target, isNumber ? number : "");
      const said = isNumber ? text : argument;
      if (said === "") throw misused(`Add what it should be: /edit ${shortened(oneLine(message.text), 60)}`);
      const begun = begunBy(target, said);
      await target.show((options) => target.talk.edit(message.id, said, options), { message: said, begun });
    },
  },
  continue: {
    usage: "/continue",
    about: "go on with the last reply",
    run: (target) => target.show((options) => target.talk.goOn(options), { message: "", goesOn: true }),
  },
  undo: {
    usage: "/undo",
    about: "take back the last message and its reply",
    run: async (target) => {
      const { text } = newest(target, "user");
      await target.talk.session.undo();
      target.write(`Taken back: ${shortened(oneLine(harmless(text)), 60)} (/redo puts it back)`);
    },
  },
  redo: {
    usage: "/redo",
    about: "put back what was taken back",
    run: async (target) => {
      await target.talk.session.redo();
      target.write(showHistory(target.talk, { width: width(), last: 1 }));
    },
  },
  fork: {
    usage: "/fork [N]",
    about: "another conversation from here, or from the N-th message of yours and its reply",
    run: async (target, argument) => {
      const { talk } = target;
      const exchanges = exchangesOf(talk.conversation.path);
      if (argument !== "") myMessage(target, argument);
      const at = argument === "" ? undefined : exchanges.find(({ number }) => number === Number(argument));
      const fork = talk.session.fork(at?.messages.at(-1)?.id);
      talk.turnTo(talk.keep.on && fork.path.length > 0 ? await talk.keep.begin(fork) : fork);
      target.write(`This is another conversation now, with ${counted(fork.path.length, "message")}.`);
    },
  },
  history: {
    usage: "/history [N]",
    about: "what was said, with versions and what is out of the model's sight",
    run: (target, argument) => {
      const only = argument === "" ? undefined : Number(argument);
      if (argument !== "") myMessage(target, argument);
      target.write(showHistory(target.talk, { width: width(), only }));
    },
  },
  reset: {
    usage: "/reset",
    about: "begin a new conversation",
    run: (target) => {
      const { talk } = target;
      const wasKept = talk.keep.isKept(talk.conversation);
      const { system } = talk.conversation;
      talk.turnTo(Conversation.begin(systemSources, { system }));
      target.write(wasKept ? "Forgotten. (What was said is kept: /load)" : "Forgotten.");
    },
  },
  system: {
    usage: "/system [TEXT]",
    about: "what the system says before a conversation; off for nothing",
    run: async (target, argument) => {
      const { talk } = target;
      if (argument !== "off" && !talk.backend.abilities.system) throw takesNoSystem(target);
      if (argument !== "") await talk.session.setSystem(argument === "off" ? undefined : argument);
      const { system } = talk.conversation;
      target.write(
        system === undefined ? "The system says nothing." : `The system says: ${harmless(system)}`,
      );
    },
  },
};

function takesNoSystem({ talk: { about, backend } }: CommandTarget): ParrotletError {
  if (!about.local) return new UnableError(about.label, "take a message of the system");
  const message = `${about.label} was not trained on conversations: it has no token for what a system says.`;
  return new ParrotletError(backend.abilities.chat ? "unable" : "no-chat-template", message);
}
