import type { Parameter } from "../engine/index.ts";
import type { ModelConfig, Preset, Transformer } from "../model/index.ts";

/**
 * How one tensor of a checkpoint file and our parameters correspond. Files of `LlamaForCausalLM` keep matrices as
 * `[out, in]` and queries, keys and values apart; ours are `[in, out]` and side by side.
 */
export interface TensorMapping {
  /** The tensor's name in the file. */
  readonly name: string;
  /** Its shape in the file. */
  readonly shape: readonly number[];
  /** Where its numbers live in our model; absent where ours has no such parameter and the file holds zeros. */
  readonly parameter: Parameter | undefined;
  /** The first of our columns that it is. @default 0 */
  readonly column?: number;
  /** The file has rows for our columns. @default false */
  readonly transposed?: boolean;
}

/** Ids of the tokens that other programs want to know of. */
export interface TokenIds {
  readonly pad: number | undefined;
  readonly bos: number | undefined;
  readonly eos: number | undefined;
}

/** One Hugging Face architecture. */
export interface Architecture {
  readonly preset: Preset;
  /** `model_type` in `config.json`. */
  readonly modelType: string;
  /** What `config.json` says about a model of ours. */
  encodeConfig(config: ModelConfig, tokens: TokenIds): Record<string, unknown>;
  /** The model that a `config.json` describes. */
  decodeConfig(fields: ConfigFields): ModelConfig;
  /** The file's tensors in order. */
  mapTensors(model: Transformer): TensorMapping[];
  /** What the names of all tensors but the head's begin with; files of the model without its head lack it. */
  readonly prefix: string;
  /** Tensors that old files hold and that carry no knowledge, as masks. */
  readonly ignored: RegExp;
}

/** The fields of a `config.json`, checked as they are asked for. */
export interface ConfigFields {
  /** A whole number of at least 1. */
  count(name: string): number;
  /** The same, or `undefined` where absent or null. */
  optionalCount(name: string): number | undefined;
  number(name: string, otherwise: number): number;
  boolean(name: string, otherwise: boolean): boolean;
  /** One of `choices`; other values are refused as not supported. */
  choice<T extends string>(name: string, choices: readonly T[], otherwise: T): T;
  /** Refuses any other value: the architecture has an option here that we do not compute. */
  expect(name: string, wanted: unknown): void;
  /** The fields of an object; of an empty one where absent. */
  object(name: string): ConfigFields;
}
