import { encodeText, invariant, ParrotletError, type Storage, shown } from "../base/index.ts";
import type { Device, Parameter } from "../engine/index.ts";
import { jinjaTemplate, type Tokenizer, tokenizerFromJson } from "../text/index.ts";
import { parseObject } from "./config-file.ts";
import { encodeModel, type LoadedModel, loadModel, readFile } from "./model-files.ts";
import { decodeSafetensors, encodeSafetensors } from "./safetensors.ts";
import { fromFile, toFile } from "./tensors.ts";
import { WEIGHT_FORMS, type WeightForm } from "./weight-form.ts";

/** A model that can talk, and what training needs to go on from it. */
export interface Checkpoint extends LoadedModel {
  readonly tokenizer: Tokenizer;
  /** Absent where the folder comes from elsewhere. */
  readonly training?: TrainingRecord;
  /** Numbers that the optimizer keeps beside the weights, by name: `mean` and `variance`, or `velocity`. */
  readonly optimizer?: OptimizerState;
}

/** The plain part of a training's state. It holds no time of day and no duration: the same training, the same bytes. */
export interface TrainingRecord {
  /** As `checkRecipe` reads it. */
  readonly recipe: unknown;
  readonly step: number;
  /** The best checkpoint so far. */
  readonly best: { readonly step: number; readonly perfect: number; readonly loss: number };
  /** Regular checkpoints since the best. @default 0 */
  readonly worse?: number;
  /** SHA-256 of the data file. */
  readonly data: string;
  /** Whom the data let the model be, where a pack says it: "Pip". */
  readonly character?: string | undefined;
  /** What became of the weights after the training: a form of fewer bytes, and the loss that they had before, where it is known. */
  readonly shrunk?: { readonly to: WeightForm; readonly lossBefore?: number | undefined } | undefined;
  /** Of this checkpoint: how many of the pairs that were asked are perfect, the same of the exam, and the loss. */
  readonly scores: {
    readonly perfect: number;
    readonly pairs: number;
    readonly exam: number;
    readonly examPairs: number;
    readonly loss: number;
    /** Of text that was not trained on, where the data are text or conversations. */
    readonly bitsPerByte?: number;
  };
}

export type OptimizerState = ReadonlyMap<string, (parameter: Parameter) => Float32Array>;

const FORMAT = 1;
const RECORD = "parrotlet.json";
const OPTIMIZER = "optimizer.safetensors";

export interface SaveOptions {
  /** How weights are written; what the optimizer keeps is always f32. @default "f32" */
  readonly form?: WeightForm | undefined;
  /** Other files of the folder, by name: a model card. @default none */
  readonly others?: ReadonlyMap<string, Uint8Array> | undefined;
}

/**
 * Writes a checkpoint folder: all of it under a temporary name, which is then changed, so that a folder with the right
 * name is always whole.
 *
 * @throws {ParrotletError} `weights-too-large`.
 */
export async function saveCheckpoint(
  storage: Storage,
  folder: string,
  checkpoint: Checkpoint,
  { form, others = new Map() }: SaveOptions = {},
): Promise<void> {
  const temporary = `${folder}.tmp`;
  await storage.remove(temporary);
  try {
    for (const [name, bytes] of [...encodeCheckpoint(checkpoint, form), ...others])
      await storage.write(`${temporary}/${name}`, bytes);
    await storage.remove(folder);
    await storage.move(temporary, folder);
  } catch (error) {
    await storage.remove(temporary).catch(() => {}); // the first error says more
    throw error;
  }
}

/** The files of a checkpoint. The same checkpoint gives the same bytes. */
export function encodeCheckpoint(checkpoint: Checkpoint, form?: WeightForm): Map<string, Uint8Array> {
  const { tokenizer, model, training, optimizer } = checkpoint;
  const json = (value: unknown): Uint8Array => encodeText(`${JSON.stringify(value, null, 2)}\n`);
  const files = encodeModel(checkpoint, tokenizer.special, form);
  files.set("tokenizer.json", json(tokenizer.toJson()));
  files.set("tokenizer_config.json", json(tokenizerConfig(tokenizer, model.config.contextWindow)));
  if (training) files.set(RECORD, json({ format: FORMAT, ...training }));
  if (optimizer) {
    const states = [...optimizer].flatMap(([state, read]) =>
      [...toFile(model, read)].map(([name, tensor]) => [`${state}.${name}`, tensor] as const),
    );
    files.set(OPTIMIZER, encodeSafetensors(new Map(states)));
  }
  return files;
}

/** What `tokenizer_config.json` says; `undefined` is left out. */
export function tokenizerConfig(tokenizer: Tokenizer, contextWindow: number): Record<string, unknown> {
  const { pad, bos, eos, sep, unk } = tokenizer.special;
  return {
    tokenizer_class: "PreTrainedTokenizerFast",
    model_max_length: contextWindow,
    pad_token: tokenizer.show(pad),
    bos_token: tokenizer.show(bos),
    eos_token: tokenizer.show(eos),
    sep_token: sep === undefined ? undefined : tokenizer.show(sep),
    unk_token: unk === undefined ? undefined : tokenizer.show(unk),
    clean_up_tokenization_spaces: false,
    chat_template: jinjaTemplate(tokenizer),
  };
}

/**
 * Reads a checkpoint folder: for talking, or, with its optimizer, for going on with its training.
 *
 * @throws {ParrotletError} Those of `loadModel`, and `tokenizer-invalid`, `checkpoint-format`.
 */
export async function loadCheckpoint(
  storage: Storage,
  folder: string,
  device: Device,
  { withOptimizer = false }: { withOptimizer?: boolean } = {},
): Promise<Checkpoint> {
  const loaded = await loadModel(storage, folder, device);
  const file = storage.describe(`${folder}/tokenizer.json`);
  const tokenizer = await loadTokenizer(storage, folder);
  const { vocabulary } = loaded.model.config;
  if (tokenizer.size !== vocabulary) {
    const message = `${file} knows ${tokenizer.size} tokens, but config.json asks for ${vocabulary}.`;
    throw new ParrotletError("tokenizer-invalid", message);
  }
  const record = await storage.read(`${folder}/${RECORD}`);
  if (!record) return { ...loaded, tokenizer };
  const training = decodeRecord(record, storage.describe(`${folder}/${RECORD}`));
  const optimizer = withOptimizer ? await loadOptimizer(storage, folder, loaded) : undefined;
  return { ...loaded, tokenizer, training, ...(optimizer ? { optimizer } : {}) };
}

/**
 * Reads only the tokenizer of a checkpoint.
 *
 * @throws {ParrotletError} `checkpoint-missing-file`, `tokenizer-invalid`.
 */
export async function loadTokenizer(storage: Storage, folder: string): Promise<Tokenizer> {
  const file = storage.describe(`${folder}/tokenizer.json`);
  return tokenizerFromJson(parseObject(await readFile(storage, folder, "tokenizer.json"), file), file);
}

/** Reads only the record of a checkpoint: no weights. */
export async function loadTrainingRecord(
  storage: Storage,
  folder: string,
): Promise<TrainingRecord | undefined> {
  const bytes = await storage.read(`${folder}/${RECORD}`);
  return bytes && decodeRecord(bytes, storage.describe(`${folder}/${RECORD}`));
}

/** Whether training can go on from this checkpoint. */
export async function isResumable(storage: Storage, folder: string): Promise<boolean> {
  const names = (await storage.list(folder)).map((entry) => entry.name);
  return names.includes(RECORD) && names.includes(OPTIMIZER);
}

/** Gives up what only training needs, once a later checkpoint is saved. */
export async function dropOptimizer(storage: Storage, folder: string): Promise<void> {
  await storage.remove(`${folder}/${OPTIMIZER}`);
}

async function loadOptimizer(
  storage: Storage,
  folder: string,
  { model }: LoadedModel,
): Promise<OptimizerState | undefined> {
  const bytes = await storage.read(`${folder}/${OPTIMIZER}`);
  if (!bytes) return undefined;
  const file = storage.describe(`${folder}/${OPTIMIZER}`);
  const tensors = [...decodeSafetensors(bytes, file)];
  const state = new Map<string, (parameter: Parameter) => Float32Array>();
  for (const name of new Set(tensors.map(([full]) => full.split(".")[0] ?? ""))) {
    const own = tensors.filter(([full]) => full.startsWith(`${name}.`));
    const values = fromFile(
      model,
      new Map(own.map(([full, tensor]) => [full.slice(name.length + 1), tensor])),
      file,
    );
    state.set(name, (parameter) => {
      const found = values.get(parameter);
      invariant(found, `no ${name} of ${parameter.name}`);
      return found;
    });
  }
  return state;
}

function decodeRecord(bytes: Uint8Array, file: string): TrainingRecord {
  const { format, ...record } = parseObject(bytes, file);
  const refuse = (problem: string): never => {
    throw new ParrotletError("checkpoint-format", `${file}: ${problem}`);
  };
  if (format !== FORMAT) refuse(`its format is ${shown(format)}; this program reads format ${FORMAT}.`);
  const { step, best, scores, data, character, shrunk } = record as Partial<TrainingRecord>;
  const numbers = [
    step,
    best?.step,
    best?.perfect,
    best?.loss,
    scores?.perfect,
    scores?.pairs,
    scores?.exam,
    scores?.examPairs,
    scores?.loss,
  ];
  if (!numbers.every((value) => typeof value === "number") || typeof data !== "string") {
    refuse("step, best, scores or data is missing or of the wrong kind.");
  }
  if (!["string", "undefined"].includes(typeof character)) {
    refuse(`character is ${shown(character)}; it must be a name.`);
  }
  const maybe = [shrunk?.lossBefore, scores?.bitsPerByte];
  if (
    (shrunk !== undefined && !WEIGHT_FORMS.includes(shrunk?.to)) ||
    !maybe.every((value) => ["number", "undefined"].includes(typeof value))
  ) {
    refuse("shrunk or scores.bitsPerByte is of the wrong kind.");
  }
  return record as unknown as TrainingRecord;
}
