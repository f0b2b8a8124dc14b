import { type Command, Option } from "commander";
import { DEFAULT_PORT } from "../node/index.ts";
import {
  type CommonOptions,
  configOption,
  deviceOption,
  examples,
  numberIn,
  threadsOption,
} from "./options.ts";

export interface ServeOptions extends CommonOptions {
  readonly config?: string;
  readonly port?: number;
  readonly host?: string;
  readonly apiKey?: string;
  readonly apiKeyFile?: string;
  readonly cors?: readonly string[];
  readonly allowHost?: readonly string[];
  /** Seconds. */
  readonly grace?: number;
  readonly logMessages?: boolean;
  readonly maxWaiting?: number;
  /** Seconds. */
  readonly timeout?: number;
  readonly temperature?: number;
  /** The server's own API. @default where only this machine can reach it */
  readonly api?: boolean;
  readonly readOnly?: boolean;
  readonly allowDownloads?: boolean;
}

const listed = (text: string, before: readonly string[] = []): string[] => [...before, text];

export function withServeOptions(command: Command): void {
  command
    .addOption(configOption())
    .addOption(deviceOption())
    .addOption(threadsOption())
    .option(
      "--port <n>",
      `where to listen (default: ${DEFAULT_PORT}, or the next that is free)`,
      numberIn(0, 65_535, { whole: true }),
    )
    .option(
      "--host <address>",
      "the address to listen on (default: 127.0.0.1, this machine only); another needs a key",
    )
    .addOption(
      new Option(
        "--api-key <key>",
        "what clients must send; better in a file or in $PARROTLET_API_KEY, which nobody else sees",
      ),
    )
    .option("--api-key-file <file>", "the key, as the first line of a file")
    .option(
      "--cors <origin>",
      "let pages of this origin use the server; * is any; may be given again",
      listed,
    )
    .option("--allow-host <name>", "another name that this machine is reached by; may be given again", listed)
    .option(
      "--grace <seconds>",
      "time that answers have to end when the server is stopped (default: 10)",
      numberIn(0, 3600),
    )
    .option(
      "--max-waiting <n>",
      "requests that may wait for their first token; more are refused (default: 256)",
      numberIn(1, 100_000, { whole: true }),
    )
    .option("--timeout <seconds>", "time that an answer may take (default: 600)", numberIn(1, 86_400))
    .option("--temperature <x>", "where a client says nothing of it (default: 0)", numberIn(0, 100))
    .option("--api", "conversations, runs and trainings too, also where other machines or any page can ask")
    .option("--no-api", "models alone, as OpenAI's API has them")
    .option("--read-only", "refuse to change conversations and to train")
    .option("--allow-downloads", "let trainings that are asked for read datasets of the Hugging Face Hub")
    .option(
      "--log-messages",
      "write to the log what is asked and answered; else it holds no words of anybody",
    );
  examples(command, [
    ["parrotlet serve", "all models that there are, the newest run first"],
    ["parrotlet serve pip tinytalks@250", "these, and no other; the first is the default"],
    ["parrotlet serve --cors http://localhost:3000", "also for a page that is served there"],
    ["parrotlet serve --host 0.0.0.0 --api-key-file key.txt", "for the whole network, with a key"],
    ["parrotlet serve --config server.yaml", "all of this from a file; a flag wins over it"],
  ]);
}
