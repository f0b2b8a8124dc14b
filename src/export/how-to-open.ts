import type { Checkpoint } from "../checkpoint/index.ts";
import { specialSetOf } from "../text/index.ts";
import type { ExportTarget } from "./export-files.ts";

/** How a program opens what was exported. */
export interface HowToOpen {
  /** "Python, transformers". */
  readonly program: string;
  readonly language: "python" | "js" | "sh";
  readonly lines: readonly string[];
}

/**
 * A few lines that open an export elsewhere, and where nothing else opens it, here.
 *
 * @param folder As the lines are to name it: a name or a path.
 */
export function howToOpen(
  { model, tokenizer }: Pick<Checkpoint, "model" | "tokenizer">,
  to: ExportTarget,
  folder: string,
  name: string,
): HowToOpen {
  const quoted = JSON.stringify(folder);
  const isText = specialSetOf(tokenizer.special) === "text";
  const prompt = isText ? '"Once upon a time"' : "[{ role: 'user', content: 'Hi' }]".replaceAll("'", '"');
  if (to === "hf" && model.config.preset === "modern") {
    return { program: "Parrotlet", language: "sh", lines: [`parrotlet chat ${quoted}`] };
  }
  if (to === "hf") {
    const asked = isText ? prompt : '[{"role": "user", "content": "Hi"}]';
    return {
      program: "Python, transformers",
      language: "python",
      lines: [
        "from transformers import pipeline",
        `write = pipeline("text-generation", ${quoted})`,
        `print(write(${asked}, max_new_tokens=40)[0]["generated_text"])`,
      ],
    };
  }
  if (to === "onnx") {
    return {
      program: "transformers.js",
      language: "js",
      lines: [
        'import { env, pipeline } from "@huggingface/transformers";',
        'env.localModelPath = "."; env.allowRemoteModels = false; // the folder that this one is in',
        `const write = await pipeline("text-generation", ${quoted});`,
        `console.log(JSON.stringify(await write(${prompt}, { max_new_tokens: 40 })));`,
      ],
    };
  }
  if (to === "gguf") {
    const file = `${folder}/${name}.gguf`;
    const talk = isText ? `-no-cnv -p ${prompt}` : "-cnv";
    return {
      program: "llama.cpp",
      language: "sh",
      lines: [`llama-cli -m ${JSON.stringify(file)} ${talk} --temp 0`],
    };
  }
  return {
    program: "Python, safetensors",
    language: "python",
    lines: [
      "from safetensors.torch import load_file",
      `tensors = load_file(${JSON.stringify(`${folder}/model.safetensors`)})`,
      "print({name: tuple(tensor.shape) for name, tensor in tensors.items()})",
    ],
  };
}
