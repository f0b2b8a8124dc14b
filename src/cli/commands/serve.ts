import { readFileSync } from "node:fs";
import type { ModelHost } from "../../chat/index.ts";
import { DEFAULT_PORT, type Listening, listen } from "../../node/index.ts";
import { ChosenModels, createServer, DEFAULT_LIMITS } from "../../server/index.ts";
import { apiOf } from "../serve/api.ts";
import { keyHashOf } from "../serve/api-key.ts";
import { openHost } from "../serve/host.ts";
import { namesOf } from "../serve/names.ts";
import { type ServerSettings, wishOf } from "../serve/said.ts";
import { greet, serverLog } from "../serve/say.ts";
import { untilStopped } from "../serve/until-stopped.ts";
import type { ServeOptions } from "../serve-options.ts";
import { counted, print, printJson } from "../terminal.ts";

/** The models, and what the settings say of the server. */
interface OpenedHost {
  readonly host: ModelHost;
  readonly settings: ServerSettings;
}

/** So many ports after the usual one are tried where nobody asked for one. */
const NEXT_PORTS = 20;
/** A connection on which nothing moves stays open so much longer than an answer may take. */
const IDLE_SECONDS = 30;

/**
 * `parrotlet serve [MODEL...]`
 *
 * @param open The models of this machine; tests bring their own.
 */
export async function serve(
  references: readonly string[],
  options: ServeOptions,
  open: (options: ServeOptions) => Promise<OpenedHost> = openHost,
): Promise<number> {
  const { json = false, quiet = false, grace = 10 } = options;
  const { host: all, settings } = await open(options);
  const wish = wishOf(options, settings);
  const { host: address, port } = wish;
  let host = all;
  try {
    const keyHash = await keyHashOf(options, settings.server, address, process.env);
    if (references.length > 0) host = await ChosenModels.open(all, references);
    const models = (await host.list()).map(({ name }) => name);
    const server = createServer({
      host,
      version: version(),
      model: references.length > 0 ? undefined : settings.model,
      keyHash,
      allowedHosts: namesOf(address, wish.allowHost),
      allowedOrigins: wish.cors,
      limits: wish.limits,
      defaults: wish.defaults,
      ...apiOf(options, wish),
      log: serverLog(json),
      logMessages: options.logMessages,
    });
    const orNext = port === undefined ? NEXT_PORTS : 0;
    const idleMs = 1000 * ({ ...DEFAULT_LIMITS, ...wish.limits }.requestSeconds + IDLE_SECONDS);
    const listening = await listen(server, { host: address, port: port ?? DEFAULT_PORT, orNext, idleMs });
    greet({ url: listening.url, models, key: keyHash !== undefined, json, quiet });
    return await untilStopped(() => close(listening, 1000 * grace, json, quiet));
  } finally {
    await host.close();
  }
}

async function close(listening: Listening, graceMs: number, json: boolean, quiet: boolean): Promise<void> {
  if (json) printJson({ type: "closing", graceMs });
  else if (!quiet) print(`\nClosing: answers have ${counted(graceMs / 1000, "second")} to end.`);
  await listening.close(graceMs);
  if (json) printJson({ type: "closed" });
}

const version = (): string => {
  const file = new URL("../../../package.json", import.meta.url);
  return (JSON.parse(readFileSync(file, "utf8")) as { version: string }).version;
};
