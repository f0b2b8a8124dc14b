import { encodeText, ParrotletError, type Storage } from "../../base/index.ts";
import { type ModelConfig, Transformer } from "../../model/index.ts";
import type { Tokenizer } from "../../text/index.ts";
import type { Architecture, TensorMapping } from "../architecture.ts";
import { tokenizerConfig } from "../checkpoint.ts";
import { decodeConfig } from "../config-file.ts";
import { headerBytes } from "../safetensors-header.ts";
import { architectureFor } from "../tensors.ts";
import { copyNumbers, sameBytes } from "./copy-numbers.ts";
import { importChatTemplate, importTokenizer } from "./import-tokenizer.ts";
import { type ModelSource, neededFile } from "./model-source.ts";
import { type SourceTensor, sourceTensors } from "./source-tensors.ts";

export interface ImportOptions {
  /** Where the checkpoint is written. */
  readonly storage: Storage;
  readonly folder: string;
  /** The folder's name while it is not whole. @default `folder` with `.tmp` */
  readonly temporary?: string | undefined;
  readonly onProgress?: ((done: number, all: number) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** What was brought in. */
export interface ImportedModel {
  /** As it is written: with the tokens that the tokenizer knows. */
  readonly config: ModelConfig;
  readonly tokenizer: Tokenizer;
  readonly parameters: number;
  /** How its weights are kept: as they were. */
  readonly dtypes: readonly string[];
  /** Rows of its token table beyond the tokenizer's tokens, which were left out. */
  readonly spare: number;
  /** It has a template for conversations, which other programs may use. */
  readonly chatTemplate: boolean;
}

/**
 * Brings a Hugging Face folder of an architecture that we run in, as a checkpoint folder: with the names that we write, one file of
 * weights, and no file beside those that we know. Numbers stay as they are. Weights are copied piece by piece, so that a model of any
 * size needs only a few megabytes; nothing in the folder is run, and no name or length in it is believed.
 *
 * @throws {ParrotletError} `checkpoint-missing-file`, `config-invalid`, `model-config`, `tokenizer-invalid`, `safetensors-invalid`,
 * `checkpoint-mismatch`, `import-refused`. The reason of `signal`.
 */
export async function importModel(source: ModelSource, options: ImportOptions): Promise<ImportedModel> {
  const { storage, folder, temporary = `${folder}.tmp` } = options;
  const file = neededFile(source, "config.json");
  if (file.size > 1 << 20)
    refuse("config-invalid", `${file.name} has ${file.size} bytes: it is no config.json.`);
  const config = decodeConfig(await file.read(0, file.size), file.name);
  const tokenizer = await importTokenizer(source);
  const architecture = architectureFor(config.preset);
  const parts = await partsOf(source, config, architecture, tokenizer.size);
  const written = { ...config, vocabulary: tokenizer.size };
  const chatTemplate = await importChatTemplate(source);
  const dtypes = [...new Set(parts.map(({ tensor }) => tensor.dtype))];
  const json = (value: unknown): Uint8Array => encodeText(`${JSON.stringify(value, null, 2)}\n`);
  await storage.remove(temporary);
  try {
    const dtype = { F32: "float32", F16: "float16", BF16: "bfloat16" }[
      dtypes.length === 1 ? (dtypes[0] ?? "F32") : "F32"
    ];
    const encoded = { ...architecture.encodeConfig(written, tokenizer.special), dtype };
    await storage.write(`${temporary}/config.json`, json(encoded));
    await storage.write(`${temporary}/tokenizer.json`, json(tokenizer.toJson()));
    const told = tokenizerConfig(tokenizer, config.contextWindow);
    await storage.write(
      `${temporary}/tokenizer_config.json`,
      json({ ...told, ...(chatTemplate === undefined ? {} : { chat_template: chatTemplate }) }),
    );
    await writeWeights(`${temporary}/model.safetensors`, parts, options);
    options.signal?.throwIfAborted();
    await storage.move(temporary, folder);
  } catch (error) {
    await storage.remove(temporary).catch(() => {}); // the first error says more
    throw error;
  }
  return {
    config: written,
    tokenizer,
    parameters: parts.reduce((sum, { shape }) => sum + product(shape), 0),
    dtypes,
    spare: config.vocabulary - tokenizer.size,
    chatTemplate: chatTemplate !== undefined,
  };
}

/** A tensor to be written, and where its numbers are: the first `product(shape)` of `tensor`. */
interface Part {
  readonly name: string;
  readonly shape: readonly number[];
  readonly tensor: SourceTensor;
}

/** Each tensor of the model in order, with the one of the folder that it is. */
async function partsOf(
  source: ModelSource,
  config: ModelConfig,
  architecture: Architecture,
  tokens: number,
): Promise<Part[]> {
  if (tokens > config.vocabulary) {
    const message = `${source.name}: its tokenizer knows ${tokens} tokens, but config.json says vocab_size ${config.vocabulary}.`;
    refuse("tokenizer-invalid", message);
  }
  const found = await sourceTensors(source, (name) => !architecture.ignored.test(name));
  // A model is built only where the files can fill it, as `loadModel` does.
  if (config.layers > found.size) {
    const message = `${source.name}: ${found.size} tensors cannot be the ${config.layers} layers that config.json asks for.`;
    refuse("checkpoint-mismatch", message);
  }
  const model = new Transformer(config);
  const left = new Set(found.keys());
  const parts = architecture.mapTensors(model).map((mapping): Part => {
    const tensor = tensorFor(mapping, architecture, found, source.name);
    left.delete(tensor.name);
    const isTable = mapping.parameter === model.tokens || mapping.parameter === model.head;
    return {
      name: mapping.name,
      tensor,
      shape: isTable ? [tokens, ...mapping.shape.slice(1)] : mapping.shape,
    };
  });
  const head = found.get("lm_head.weight");
  const [table] = parts;
  if (config.tied && head && table && left.delete(head.name) && !(await sameBytes(head, table.tensor))) {
    const message = `${source.name}: config.json says that the head is the token table, but lm_head.weight is another. Write "tie_word_embeddings": false there.`;
    refuse("checkpoint-mismatch", message);
  }
  const [extra] = left;
  if (extra)
    refuse(
      "checkpoint-mismatch",
      `${source.name}: tensor ${extra} has no place in the model that config.json describes.`,
    );
  return parts;
}

/** Files of the base model alone have names without the prefix. */
function tensorFor(
  { name, shape }: TensorMapping,
  { prefix }: Architecture,
  found: ReadonlyMap<string, SourceTensor>,
  folder: string,
): SourceTensor {
  const short = name.startsWith(prefix) ? name.slice(prefix.length) : name;
  const tensor = found.get(name) ?? found.get(short);
  if (!tensor)
    return refuse("checkpoint-mismatch", `${folder}: tensor ${name} is missing, which config.json asks for.`);
  if (short !== name && found.has(name) && found.has(short))
    refuse(
      "checkpoint-mismatch",
      `${folder}: there are both ${name} and ${short}, which are the same tensor.`,
    );
  if (tensor.shape.join() !== shape.join()) {
    const message = `tensor ${tensor.name} is [${tensor.shape.join(", ")}], but config.json asks for [${shape.join(", ")}].`;
    refuse("checkpoint-mismatch", `${tensor.file.name}: ${message}`);
  }
  return tensor;
}

async function writeWeights(path: string, parts: readonly Part[], options: ImportOptions): Promise<void> {
  const { storage, onProgress, signal } = options;
  const header: Record<string, unknown> = { __metadata__: { format: "pt" } };
  let all = 0;
  for (const { name, shape, tensor } of parts) {
    const size = bytesOf(shape, tensor);
    header[name] = { dtype: tensor.dtype, shape, data_offsets: [all, all + size] };
    all += size;
  }
  await storage.append(path, headerBytes(header));
  let done = 0;
  for (const { shape, tensor } of parts) {
    for await (const piece of copyNumbers(tensor, bytesOf(shape, tensor))) {
      signal?.throwIfAborted();
      await storage.append(path, piece);
      done += piece.length;
      onProgress?.(done, all);
    }
  }
}

const product = (shape: readonly number[]): number => shape.reduce((all, extent) => all * extent, 1);
const bytesOf = (shape: readonly number[], { dtype }: SourceTensor): number =>
  product(shape) * (dtype === "F32" ? 4 : 2);

function refuse(
  code: "checkpoint-mismatch" | "tokenizer-invalid" | "config-invalid",
  message: string,
): never {
  if (code === "tokenizer-invalid") throw new ParrotletError("tokenizer-invalid", message);
  if (code === "config-invalid") throw new ParrotletError("config-invalid", message);
  throw new ParrotletError("checkpoint-mismatch", message);
}
