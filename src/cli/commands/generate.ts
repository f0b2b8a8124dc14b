import chalk from "chalk";
import type { FinishReason, GenerationConfig } from "../../generate/index.ts";
import { findByAddress, openDevice, readSettings, type Settings } from "../../node/index.ts";
import { LocalModel } from "../local-model.ts";
import { type CommonOptions, openWorkspace, workspaceRoot } from "../options.ts";
import { readPrompt } from "../read-prompt.ts";
import { MAX_NEW_TOKENS, type SamplingOptions, samplingConfig } from "../sampling-options.ts";
import { count, duration, EXIT, printable, printJson } from "../terminal.ts";

export interface GenerateCommandOptions extends CommonOptions, SamplingOptions {
  readonly prompt?: string;
  readonly promptFile?: string;
  /** The prompt is no message, but the beginning of a text. */
  readonly raw?: boolean;
  readonly samples?: number;
}

interface GeneratedSample {
  /** Without the prompt. */
  readonly text: string;
  readonly finish: FinishReason;
  readonly tokens: number;
  readonly seconds: number;
  readonly seed: number;
}

/** `parrotlet generate [MODEL]` */
export async function generate(
  reference: string | undefined,
  options: GenerateCommandOptions,
): Promise<number> {
  const prompt = await readPrompt(options);
  const settings = await readSettings({ workspace: workspaceRoot(options) });
  const found = await findByAddress(openWorkspace(options), reference ?? settings.model);
  const device = await openDevice(options.device, options);
  const abort = new AbortController();
  const interrupt = (): void => abort.abort();
  process.on("SIGINT", interrupt).on("SIGTERM", interrupt);
  try {
    const model = await LocalModel.load(found, device);
    await writeSamples(model, prompt, options, settings, abort.signal);
    model.release();
  } finally {
    process.off("SIGINT", interrupt).off("SIGTERM", interrupt);
    device.release();
  }
  return abort.signal.aborted ? EXIT.interrupted : EXIT.ok;
}

async function writeSamples(
  model: LocalModel,
  prompt: string,
  options: GenerateCommandOptions,
  { generation }: Settings,
  signal: AbortSignal,
): Promise<void> {
  const { json = false, samples: wanted = 1 } = options;
  const config = samplingConfig(model.kind, MAX_NEW_TOKENS, options, generation);
  const raw = model.kind === "text" || options.raw === true || prompt === "";
  tellUnknown(model, prompt, json);
  const samples: GeneratedSample[] = [];
  for (let number = 0; number < wanted && !signal.aborted; number++) {
    const drawn = { ...config, seed: (config.seed + number) % 2 ** 32 };
    if (!json && wanted > 1)
      write(chalk.dim(`${number > 0 ? "\n" : ""}--- ${number + 1} of ${wanted} ---\n`));
    samples.push(await stream(model, prompt, { raw, config: drawn, signal, json }));
  }
  const { label } = model;
  if (json) printJson({ model: label, prompt, samples });
  else if (process.stdout.isTTY) tellEnd(samples, config);
}

interface StreamOptions {
  readonly raw: boolean;
  readonly config: GenerationConfig;
  readonly signal: AbortSignal;
  readonly json: boolean;
}

/** Writes one text as it is made: the prompt too, where it is the text's beginning. */
async function stream(
  model: LocalModel,
  prompt: string,
  { raw, config, signal, json }: StreamOptions,
): Promise<GeneratedSample> {
  const show = json
    ? (): void => {}
    : process.stdout.isTTY
      ? (text: string) => write(printable(text))
      : write;
  const started = performance.now();
  const pieces = raw ? model.goOn(prompt, config, signal) : model.answer(prompt, config, signal);
  let text = "";
  let next = await pieces.next();
  const begun = raw ? prompt : "";
  if (begun !== "" && !json) write(chalk.bold(process.stdout.isTTY ? printable(begun) : begun));
  for (; !next.done; next = await pieces.next()) {
    text += next.value;
    show(next.value);
  }
  if (!`${begun}${text}`.endsWith("\n")) show("\n");
  const seconds = (performance.now() - started) / 1000;
  return { text, finish: next.value, tokens: model.countTokens(text), seconds, seed: config.seed };
}

/** What a person may want to know beside the text. It goes where it does not mix with it. */
function tellEnd(samples: readonly GeneratedSample[], { seed }: GenerationConfig): void {
  const tokens = samples.reduce((sum, each) => sum + each.tokens, 0);
  const seconds = samples.reduce((sum, each) => sum + each.seconds, 0);
  const ends: Readonly<Record<FinishReason, string>> = {
    stop: "",
    length: ", cut at --max-new-tokens",
    aborted: ", stopped",
  };
  const end = ends[samples.at(-1)?.finish ?? "stop"];
  const speed = seconds > 0 ? `, ${count(Math.round(tokens / seconds))} a second` : "";
  process.stderr.write(
    chalk.dim(`\n${count(tokens)} tokens in ${duration(seconds)}${speed}${end}; again: --seed ${seed}\n`),
  );
}

/** Says which characters of a prompt the model reads as unknown. */
function tellUnknown(model: LocalModel, prompt: string, json: boolean): void {
  const unknown = model.unknownIn(prompt);
  if (unknown.length === 0 || json) return;
  const characters = unknown.map((character) => JSON.stringify(character)).join(", ");
  process.stderr.write(
    `${chalk.yellow("note:")} the model does not know ${characters} and reads <unk> there.\n`,
  );
}

const write = (text: string): void => void process.stdout.write(text);
