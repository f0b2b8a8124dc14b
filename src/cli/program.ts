import { readFileSync } from "node:fs";
import { Command, CommanderError, Option } from "commander";
import { ParrotletError } from "../base/index.ts";
import { withChatOptions } from "./chat-options.ts";
import { addDataCommands } from "./data-commands.ts";
import { log } from "./log/log.ts";
import type { LogLine } from "./log/log-file.ts";
import {
  type CommonOptions,
  configOption,
  deviceOption,
  examples,
  jsonOption,
  numberIn,
  quietOption,
  seedNumber,
  threadsOption,
  verboseOption,
  wholeFrom,
  workspaceOption,
  workspaceRoot,
} from "./options.ts";
import { withSamplingOptions } from "./sampling-options.ts";
import { withServeOptions } from "./serve-options.ts";
import { EXIT, isInteractive, printError, printLogLine, printNote } from "./terminal.ts";
import { withTrainingOptions } from "./training-flags.ts";

/** A command's work; it returns the exit code. Loaded when the command is called. */
type Action = (argument: string | undefined, options: Record<string, never>) => Promise<number>;

/** Runs one command line and returns its exit code. */
export async function runProgram(args: readonly string[]): Promise<number> {
  let code: number = EXIT.ok;
  const json = args.includes("--json");
  const program = createProgram(json, (exit) => {
    code = exit;
  });
  try {
    await program.parseAsync(commandFirst(args, program), { from: "user" });
    return code;
  } catch (error) {
    if (error instanceof CommanderError) {
      if (error.exitCode === 0) return EXIT.ok;
      if (json) printError(new ParrotletError("usage", plain(error.message)), true);
      return EXIT.usage;
    }
    printError(error, json);
    log.error(error);
    return EXIT.failed;
  } finally {
    log.write();
  }
}

/** No key of anybody goes to a log. */
const withoutSecrets = (name: string, value: unknown): unknown => (name === "apiKey" ? "(a key)" : value);

function startLog(
  command: string,
  argument: string | undefined,
  options: CommonOptions,
  version: string,
): void {
  const { json = false, verbose = false } = options;
  const root = workspaceRoot(options);
  const show = verbose ? (line: LogLine): void => printLogLine(line, json) : undefined;
  const onFailure = (message: string): void => (json ? undefined : printNote(`No log is kept: ${message}`));
  log.start({ root, command, show, onFailure });
  log.info(`parrotlet ${version}: ${command} ${argument ?? ""} ${JSON.stringify(options, withoutSecrets)}`);
  log.debug(`Node ${process.versions.node} on ${process.platform} ${process.arch}, workspace ${root}`);
}

function createProgram(json: boolean, setCode: (code: number) => void): Command {
  const { version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as {
    version: string;
  };
  const program = new Command("parrotlet")
    .description("Raise a tiny chat model: train it from scratch, watch it learn, talk to it.")
    .version(version, "-v, --version")
    .exitOverride()
    .configureOutput({ outputError: (text, write) => (json ? undefined : write(`error: ${plain(text)}\n`)) })
    .showSuggestionAfterError(true)
    .helpCommand("help [command]", "what a command does");

  const command = (usage: string, about: string, load: () => Promise<Action>): Command => {
    const made = program
      .command(usage)
      .description(about)
      .addOption(workspaceOption())
      .addOption(jsonOption())
      .addOption(verboseOption())
      .addOption(quietOption());
    made.action(async (...given: unknown[]) => {
      const [argument, options] = made.registeredArguments.length > 0 ? given : [undefined, given[0]];
      startLog(made.name(), argument as string | undefined, options as CommonOptions, version);
      const code = await (await load())(argument as string | undefined, options as Record<string, never>);
      log.info(`ended with code ${code}`);
      setCode(code);
    });
    return made;
  };

  const start = command("start", "train TinyTalks, then talk to it (what no command does)", async () => {
    const { train } = await import("./commands/train.ts");
    return (_, options) => train("tinytalks", { ...options, chat: isInteractive() });
  });
  withShowOptions(start.addOption(deviceOption()).addOption(threadsOption()));
  examples(start, [["parrotlet", "what npm start does"]]);

  const train = command(
    "train [recipe|file|folder|hf:dataset]",
    "train a model on any text or chats, on questions and answers, as a character, or by a recipe",
    async () => {
      const module = await import("./commands/train.ts");
      return (what, options) => module.train(what ?? "tinytalks", options);
    },
  );
  withShowOptions(withTrainingOptions(train.addOption(deviceOption()).addOption(threadsOption())));
  train
    .option("--from <model>", "begin with this model: a run, RUN@STEP, a starter or a folder")
    .option("--chat", "talk to the model when it is trained");
  examples(train, [
    ["parrotlet train", "train TinyTalks"],
    ["parrotlet train tinytalks --pace class", "the same, slowly enough for a class"],
    ["parrotlet train my-book.txt", "any text: sizes are chosen from its length and --minutes"],
    ["parrotlet train chat.txt --me Ada", "an export of a chat: it learns to answer as Ada does"],
    ["parrotlet train my-pairs.csv", "your own questions and answers (.yaml, .jsonl, .csv)"],
    ["parrotlet train my-character.yaml", "a character of your own (a copy of packs/pip.yaml, edited)"],
    ["parrotlet train my-recipe.yaml --steps 5000", "your own recipe, with another length"],
    ["parrotlet train my-book.txt --from tinytalks@250", "go on from a model, on other data"],
    ["parrotlet train tinytalks --json", "one event a line, for machines"],
  ]);

  addDataCommands(program, setCode);

  const resume = command(
    "resume [run]",
    "go on with a training that was stopped (default: the newest)",
    async () =>
      import("./commands/resume.ts").then(
        ({ resume: action }) =>
          (run, options) =>
            action(run, options),
      ),
  );
  withShowOptions(resume.addOption(deviceOption()).addOption(threadsOption()));
  examples(resume, [["parrotlet resume tinytalks", "to the same end as if it had never been stopped"]]);

  const findRate = command(
    "find-rate [recipe|file|folder|hf:dataset]",
    "find a learning rate by a short training in which it rises",
    async () => {
      const module = await import("./commands/find-rate.ts");
      return (what, options) => module.findRate(what ?? "tinytalks", options);
    },
  );
  withTrainingOptions(findRate.addOption(deviceOption()).addOption(threadsOption()))
    .option("--from <x>", "the first rate (default: 1e-6)", numberIn(1e-12, 100))
    .option("--to <x>", "the last rate (default: 1)", numberIn(1e-12, 1000));
  examples(findRate, [
    ["parrotlet find-rate my-book.txt", "what train would take, at rates from 1e-6 to 1"],
    ["parrotlet find-rate my-recipe.yaml --steps 500", "in more steps: slower, and less by chance"],
    ["parrotlet find-rate my-book.txt --optimizer adamw --to 0.1", "of another optimizer, not so far"],
  ]);

  const sizes = command("sizes", "train models of four sizes for the same time, side by side", async () =>
    import("./commands/sizes.ts").then(
      ({ sizes: action }) =>
        (_, options) =>
          action(options),
    ),
  );
  sizes
    .addOption(deviceOption())
    .addOption(threadsOption())
    .option("--seconds <n>", "time for each", numberIn(0.05, 3600), 2)
    .option("--seed <n>", "seed of weights and order", seedNumber, 1);
  examples(sizes, [["parrotlet sizes --seconds 5", "five seconds each"]]);

  const chat = command(
    "chat [model]",
    "talk to a model: a run, RUN@STEP, a starter, a folder, or an address: hf:, gguf:, openai:",
    async () => import("./commands/chat.ts").then(({ chat: action }) => action),
  );
  withChatOptions(chat);

  const exam = command(
    "exam [model]",
    "ask a model what it should know, and say how well it does",
    async () => import("./commands/exam.ts").then(({ exam: action }) => action),
  );
  exam
    .addOption(deviceOption())
    .addOption(threadsOption())
    .option(
      "--suite <name|file>",
      "whose exam: a character, or its file (default: of what it was trained on, else pip)",
    )
    .option(
      "--baselines",
      "ask what knows less too: a bigram model, the untrained model, the model without attention",
    )
    .option("--against <model>", "compare with another run, question by question")
    .option("--per-part <n>", "questions of each skill and part, at the most (default: 20)", wholeFrom(1))
    .option("--failures <n>", "failures in full", numberIn(0, 10_000, { whole: true }), 10);
  examples(exam, [
    ["parrotlet exam", "the model that was trained last"],
    ["parrotlet exam pip@500 --per-part 5", "a checkpoint, with fewer questions"],
    ["parrotlet exam pip --baselines", "beside it, what knows less"],
    ["parrotlet exam pip --against pip-quick", "which of two is better, and whether that is chance"],
    ["parrotlet exam my-pip --suite ./my-character.yaml", "the exam of a character of one's own"],
  ]);

  const generate = command("generate [model]", "let a model go on with a text", async () =>
    import("./commands/generate.ts").then(({ generate: action }) => action),
  );
  withSamplingOptions(generate.addOption(deviceOption()).addOption(threadsOption()), "400")
    .option("--prompt <text>", "what to go on with (default: what is piped in; else it begins by itself)")
    .option("--prompt-file <file>", "the same, from a file")
    .option("--raw", "of models that answer: the prompt is no message, but the beginning of a text")
    .option("--samples <n>", "so many texts, each with the next seed", numberIn(1, 1000, { whole: true }));
  examples(generate, [
    ['parrotlet generate --prompt "Once upon a time"', "the newest model goes on"],
    ["parrotlet generate my-book --max-new-tokens 2000 > text.txt", "a long text, from its beginning"],
    ["parrotlet generate my-book --samples 3 --temperature 1.1", "three texts, more daring"],
    ["head -c 500 my-book.txt | parrotlet generate my-book --json", "one object, for machines"],
  ]);

  const serve = command(
    "serve [model...]",
    "let any program that speaks OpenAI's API talk to your models",
    async () => {
      const module = await import("./commands/serve.ts");
      return (models, options) => module.serve((models ?? []) as readonly string[], options);
    },
  );
  withServeOptions(serve);

  const runs = command("runs", "list the runs of the workspace", async () =>
    import("./commands/runs.ts").then(
      ({ runs: action }) =>
        (_, options) =>
          action(options),
    ),
  );
  examples(runs, [["parrotlet runs --json", "for machines"]]);

  const models = command("models", "list the models that one can talk to", async () =>
    import("./commands/models.ts").then(
      ({ models: action }) =>
        (_, options) =>
          action(options),
    ),
  );
  models.addOption(configOption());
  examples(models, [
    ["parrotlet models", "runs, starters, files in the workspace's models folder, servers, the hub's cache"],
    ["parrotlet models --json", "for machines: one object a line"],
  ]);

  const show = command(
    "show [run]",
    "show a run: its recipe, checkpoints and answers (default: the newest); or any other model",
    async () =>
      import("./commands/show.ts").then(
        ({ show: action }) =>
          (run, options) =>
            action(run, options),
      ),
  );
  examples(show, [["parrotlet show tinytalks", "what it can say, and where its files lie"]]);

  const shrink = command(
    "shrink [model]",
    "write a model in fewer bytes, to keep or to give away",
    async () =>
      import("./commands/shrink.ts").then(
        ({ shrink: action }) =>
          (model, options) =>
            action(model, options),
      ),
  );
  shrink
    .addOption(deviceOption())
    .addOption(threadsOption())
    .addOption(
      new Option("--to <form>", "of the weights: int8 a quarter of the bytes, f16 and bf16 half")
        .choices(["int8", "f16", "bf16"])
        .default("int8"),
    )
    .option("--out <folder>", "the folder to write (default: the model's name and the form, here)");
  examples(shrink, [
    ["parrotlet shrink tinytalks", "the best checkpoint, in int8: only Parrotlet opens it"],
    ["parrotlet shrink tinytalks@250 --to f16 --out half", "in f16: other programs open it too"],
  ]);

  const exporting = command(
    "export [model]",
    "write a model for other programs: transformers, transformers.js, llama.cpp",
    async () => import("./commands/export.ts").then(({ exportModel: action }) => action),
  );
  exporting
    .addOption(deviceOption())
    .addOption(threadsOption())
    .addOption(
      new Option(
        "--to <program>",
        "hf: a Hugging Face folder; onnx: transformers.js; gguf: llama.cpp; safetensors: weights alone",
      )
        .choices(["hf", "onnx", "gguf", "safetensors"])
        .default("hf"),
    )
    .addOption(
      new Option("--type <type>", "of the weights (default: f32)").choices(["f32", "f16", "bf16", "q8_0"]),
    )
    .option("--out <folder>", "the folder to write (default: the model's name and the program, here)")
    .option("--force", "replace what an export wrote there before");
  examples(exporting, [
    ["parrotlet export tinytalks", "a folder that Python's transformers opens"],
    ["parrotlet export tinytalks@250 --to gguf --type q8_0", "one file for llama.cpp and Ollama"],
    ["parrotlet export --to onnx --out web/model", "the model that was trained last, for a browser"],
  ]);

  const importing = command(
    "import <folder>",
    "bring a Hugging Face folder with GPT-2 or Llama in, to run and to train on",
    async () => import("./commands/import.ts").then(({ importModel: action }) => action),
  );
  importing.option("--name <name>", "what to call it (default: the folder's name)");
  examples(importing, [
    ["parrotlet import ./distilgpt2", "then: parrotlet generate distilgpt2"],
    ["parrotlet import ./snapshot --name stories", "under another name"],
  ]);

  const explain = command("explain <code>", "say more about an error", async () =>
    import("./commands/explain.ts").then(
      ({ explain: action }) =>
        (code, options) =>
          action(code ?? "", options),
    ),
  );
  examples(explain, [["parrotlet explain data-too-long", "what it means, and what to do"]]);

  const doctor = command("doctor", "say what this machine can do", async () =>
    import("./commands/doctor.ts").then(
      ({ doctor: action }) =>
        (_, options) =>
          action(options),
    ),
  );
  doctor.addOption(deviceOption()).addOption(threadsOption());
  examples(doctor, [["parrotlet doctor", "which device computes, why, and how fast"]]);
  return program;
}

/** Options may stand before the command; without a command there is `start`. */
function commandFirst(args: readonly string[], program: Command): string[] {
  const [first] = args;
  if (first !== undefined && (!first.startsWith("-") || /^(-h|--help|-v|--version)$/.test(first)))
    return [...args];
  const names = new Set(["help", ...program.commands.map((command) => command.name())]);
  const takesValue = (option: string | undefined): boolean =>
    /^(-w|--workspace|--device|--threads)$/.test(option ?? "");
  const place = args.findIndex((arg, index) => names.has(arg) && !takesValue(args[index - 1]));
  if (place < 0) return ["start", ...args];
  return [args[place] ?? "start", ...args.slice(0, place), ...args.slice(place + 1)];
}

function withShowOptions(command: Command): Command {
  return command
    .addOption(
      new Option(
        "--pace <name>",
        "slow the show: fast 5 minutes, class 10, full 15, interactive 15 and waits for Enter",
      ).choices(["fast", "class", "full", "interactive"]),
    )
    .option(
      "--auto-continue <seconds>",
      "pause at a checkpoint: 0 none, -1 until Enter (default: 2)",
      numberIn(-1, 1e6),
    );
}

/** What Commander says, as a sentence of ours: suggestions stand on a line of their own there. */
function plain(text: string): string {
  return text
    .trim()
    .replace(/^error: /, "")
    .replace(/^\w/, (first) => first.toUpperCase())
    .replace(/'\n\(Did you mean (.*)\?\)/, "'. Did you mean $1?")
    .replace(/'(-{1,2}[^' ]+)'/g, "$1");
}
