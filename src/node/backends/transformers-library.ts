import { ParrotletError } from "../../base/index.ts";
import { BackendMissingError } from "../../chat/index.ts";

/** What is used of `@huggingface/transformers`, which need not be installed. Written for its versions 3.7 to 4. */
export interface TransformersLibrary {
  readonly env: {
    logLevel?: number;
    allowRemoteModels: boolean;
    allowLocalModels: boolean;
    localModelPath: string;
    cacheDir: string | null;
    remoteHost: string;
  };
  readonly AutoTokenizer: { from_pretrained(model: string, options: LoadOptions): Promise<HubTokenizer> };
  readonly AutoModelForCausalLM: { from_pretrained(model: string, options: LoadOptions): Promise<HubModel> };
  readonly Tensor: new (type: string, data: BigInt64Array, shape: readonly number[]) => HubTensor;
}

export interface LoadOptions {
  readonly dtype?: string;
  readonly device?: string;
  readonly local_files_only?: boolean;
}

export interface HubTensor {
  readonly type: string;
  readonly dims: readonly number[];
  readonly data: ArrayLike<number>;
  /** Where its numbers are: `cpu`, `gpu-buffer`. */
  readonly location: string;
  dispose(): void;
}

export interface HubModel {
  (inputs: Readonly<Record<string, unknown>>): Promise<Readonly<Record<string, HubTensor>>>;
  readonly config: Readonly<Record<string, unknown>>;
  readonly generation_config?: Readonly<Record<string, unknown>> | null;
  dispose(): Promise<unknown>;
}

export interface HubTokenizer {
  readonly chat_template?: unknown;
  readonly eos_token_id?: number | null;
  readonly bos_token_id?: number | null;
  readonly pad_token_id?: number | null;
  readonly all_special_ids: readonly number[];
  readonly model_max_length?: number;
  /** `tokenizer.json` as it was read; version 3 does not keep it. */
  readonly _tokenizerJSON?: unknown;
  encode(text: string, options: { add_special_tokens: boolean }): number[];
  decode(ids: readonly number[], options: Readonly<Record<string, boolean>>): string;
  apply_chat_template(
    messages: readonly { readonly role: string; readonly content: string }[],
    options: Readonly<Record<string, boolean>>,
  ): unknown;
}

const PACKAGE = "@huggingface/transformers";
/** Nothing but errors that are thrown: what the program says is its own. */
const SILENT = 50;

/**
 * The library, silenced.
 *
 * @param load What imports a package by its name.
 * @throws {ParrotletError} `backend-missing` where it is not installed; `backend-failed` where it is, but cannot be loaded.
 */
export async function transformersLibrary(
  load: (name: string) => Promise<unknown> = (name) => import(name),
): Promise<TransformersLibrary> {
  let library: TransformersLibrary;
  try {
    library = (await load(PACKAGE)) as TransformersLibrary;
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    if (why.includes(`'${PACKAGE}'`))
      throw new BackendMissingError(PACKAGE, "A model of the hub, or an ONNX model,", { cause });
    const message = `${PACKAGE} is installed, but cannot be loaded: ${why.split("\n", 1)[0]}`;
    throw new ParrotletError("backend-failed", message, { cause });
  }
  library.env.logLevel = SILENT;
  return library;
}
