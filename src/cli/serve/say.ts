import chalk from "chalk";
import type { RequestLine, ServerLog } from "../../server/index.ts";
import { log } from "../log/log.ts";
import { print, printError, printJson } from "../terminal.ts";

/** What a server says while it serves: events for machines, or lines in the log. */
export const serverLog = (json: boolean): ServerLog => ({
  request(line) {
    if (json) printJson({ type: "request", ...line });
    log.info(requestText(line));
  },
  error(id, error) {
    log.error(error);
    log.warning(`that was ${id}`);
    printError(error, json);
  },
});

function requestText({ id, method, route, status, ms, ...rest }: RequestLine): string {
  const { model, promptTokens, completionTokens, asked, said } = rest;
  const tokens = completionTokens === undefined ? "" : `, ${promptTokens} + ${completionTokens} tokens`;
  const words = asked === undefined ? "" : `: ${JSON.stringify(asked)} -> ${JSON.stringify(said ?? "")}`;
  return `${method} ${route} ${status} in ${ms} ms${model === undefined ? "" : `, ${model}`}${tokens} (${id})${words}`;
}

export interface Greeting {
  readonly url: string;
  readonly models: readonly string[];
  readonly key: boolean;
  readonly json: boolean;
  readonly quiet: boolean;
}

const MOST_MODELS = 8;

/** Where the server is, and how to try it. */
export function greet({ url, models, key, json, quiet }: Greeting): void {
  if (json) printJson({ type: "listening", url, models, key });
  else if (quiet) print(url);
  else explain(url, models, key);
}

function explain(url: string, models: readonly string[], key: boolean): void {
  if (models.length === 0) {
    print(`${chalk.bold(url)} listens, but there is no model yet. Train one: parrotlet train tinytalks`);
    return;
  }
  const named = models.slice(0, MOST_MODELS).join(", ");
  const more = models.length > MOST_MODELS ? ` and ${models.length - MOST_MODELS} more` : "";
  const header = key ? ' -H "Authorization: Bearer $PARROTLET_API_KEY"' : "";
  const body = JSON.stringify({ model: models[0], messages: [{ role: "user", content: "Hello!" }] });
  print(`${chalk.bold(`${url}/v1`)} answers as OpenAI's API does, for ${named}${more}. Ctrl-C stops it.`);
  print("Try it:\n");
  print(`  curl ${url}/v1/chat/completions${header} -H "Content-Type: application/json" \\`);
  print(`    -d '${body.replaceAll("'", "'\\''")}'\n`);
}
