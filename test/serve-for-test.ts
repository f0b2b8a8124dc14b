import type { ScriptedBackend, ScriptedOptions } from "../src/chat/scripted-backend.contract.ts";
import { type Listening, type ListenOptions, listen } from "../src/node/serve.ts";
import { createServer, type RequestLine, type ServerOptions } from "../src/server/index.ts";
import { hostOf, type ScriptedHost } from "../src/server/scripted-host.contract.ts";

export interface Served {
  readonly listening: Listening;
  readonly url: string;
  readonly backend: ScriptedBackend;
  readonly host: ScriptedHost;
  readonly lines: RequestLine[];
  readonly errors: unknown[];
}

/** A real server on a free port, with a backend without a model behind it. */
export async function serveScripted(
  scripted: ScriptedOptions = {},
  options: Partial<ServerOptions> = {},
  listenOptions: ListenOptions = {},
): Promise<Served> {
  const { host, backend } = hostOf(scripted);
  const lines: RequestLine[] = [];
  const errors: unknown[] = [];
  const log = {
    request: (line: RequestLine) => void lines.push(line),
    error: (_: string, error: unknown) => void errors.push(error),
  };
  const server = createServer({ host, version: "1.2.3", log, ...options });
  const listening = await listen(server, { port: 0, ...listenOptions });
  return { listening, url: listening.url, backend, host, lines, errors };
}

/** Until it holds, or the test's time is over. */
export async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((done) => setTimeout(done, 2));
}
