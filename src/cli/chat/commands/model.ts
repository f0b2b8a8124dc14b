import { ParrotletError } from "../../../base/index.ts";
import { UnableError } from "../../../chat/index.ts";
import { loadCheckpoint } from "../../../checkpoint/index.ts";
import { importedNames, starterNames } from "../../../node/index.ts";
import { drawAttention } from "../attention.ts";
import { compare } from "../compare.ts";
import { questionsOf } from "../greeting.ts";
import { listModels } from "../list-models.ts";
import { type ChatCommand, misused } from "./command.ts";

export const modelCommands: Readonly<Record<string, ChatCommand>> = {
  questions: {
    usage: "/questions",
    about: "what it learned or was measured by, and what it says to each",
    run: async (target) => {
      for (const text of await questionsOf(target.talk.about)) target.write(text);
    },
  },
  models: {
    usage: "/models",
    about: "all models: what they are for, how good, how old",
    run: async (target) => target.write(await listModels(target.talk)),
  },
  model: {
    usage: "/model NAME",
    about: "talk to another run, RUN@STEP, starter, folder or address (hf: gguf: openai:)",
    run: async (target, argument) => {
      const { talk } = target;
      if (argument !== "") {
        await talk.switchTo(argument);
        return target.write(`This is ${talk.about.label} now.`);
      }
      const { workspace } = talk;
      const names = [
        ...(await workspace.runNames()),
        ...(await importedNames(workspace)),
        ...(await starterNames()),
      ];
      target.write(`This is ${talk.about.label}. There are ${[...new Set(names)].join(", ") || "no runs"}.`);
    },
  },
  checkpoint: {
    usage: "/checkpoint STEP",
    about: "the same run at another moment",
    run: async (target, argument) => {
      const { talk } = target;
      const { label, local } = talk.about;
      const run = local?.found.run;
      if (!run) {
        const what = local ? "a folder of its own" : "no run of this workspace";
        throw new ParrotletError("no-run", `${label} is ${what}; it has no other checkpoints.`);
      }
      if (argument === "")
        return target.write(`This is ${label}. There are ${(await run.checkpoints()).join(", ")}.`);
      await talk.switchTo(argument);
      target.write(`This is ${talk.about.label} now.`);
    },
  },
  compare: {
    usage: "/compare A [B] [MESSAGE]",
    about: "what two models say to the same message, side by side; with A alone, this one and A",
    run: async (target, argument) => {
      if (argument === "")
        throw misused("Say /compare A B, where A and B are names of models or steps of this run.");
      await compare(target, argument);
    },
  },
  attention: {
    usage: "/attention [LAYER]",
    about: "what the model looked at for each letter of its last reply",
    run: async (target, argument) => {
      const { last, about } = target.talk;
      if (!about.local) throw new UnableError(about.label, "show what it looks at", "Models of ours can.");
      if (!last) throw misused("Say something first.");
      const { found, tokenizer } = about.local;
      const layer = argument === "" ? undefined : Number(argument);
      const checkpoint = await loadCheckpoint(found.storage, found.folder, await target.device());
      try {
        const width = process.stdout.columns ?? 120;
        const { reply, prompt } = last;
        target.write(drawAttention(checkpoint, { prompt: prompt(tokenizer), reply, layer, width }));
      } finally {
        checkpoint.weights.release();
      }
    },
  },
};
