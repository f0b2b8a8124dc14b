import { type Command, Option } from "commander";
import { type CommonOptions, deviceOption, examples, threadsOption } from "./options.ts";
import { type SamplingOptions, withSamplingOptions } from "./sampling-options.ts";

export interface ChatOptions extends CommonOptions, SamplingOptions {
  readonly config?: string;
  /** A conversation to go on with: its name, or the last. */
  readonly resume?: string | true;
  readonly continue?: boolean;
  readonly private?: boolean;
  /** @default true */
  readonly save?: boolean;
  readonly plain?: boolean;
}

export function withChatOptions(command: Command): void {
  command
    .addOption(deviceOption())
    .addOption(threadsOption())
    .option("--resume [name]", "go on with a conversation: by its name, or the last one")
    .option("-c, --continue", "go on with the last conversation")
    .option("--private", "keep nothing of what is said; --no-save is the same")
    .addOption(new Option("--no-save").hideHelp())
    .option("--plain", "show replies as they are, and not their Markdown")
    .option("--config <file>", "settings in place of the workspace's parrotlet.yaml");
  withSamplingOptions(command, "what the context window holds; of text 400");
  examples(command, [
    ["parrotlet chat", "the model that was trained last; before there is one, the starter"],
    ["parrotlet chat tinytalks@250", "as it was after 250 steps"],
    ["parrotlet chat ./some-folder --temperature 0.8", "a Hugging Face folder with GPT-2 or Llama inside"],
    ["parrotlet chat gguf:./model.gguf", "a model for llama.cpp; hf:OWNER/MODEL for transformers.js"],
    ["parrotlet chat openai:http://localhost:11434/v1#llama3.2", "a model of Ollama, or of any such server"],
    ["parrotlet chat --continue", "go on with the last conversation"],
    ['echo "Hi" | parrotlet chat', "answers a line a line"],
  ]);
}
