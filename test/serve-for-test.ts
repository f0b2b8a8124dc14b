import { MemoryStorage } from "../src/base/index.ts";
import type { ScriptedBackend, ScriptedOptions } from "../src/chat/scripted-backend.contract.ts";
import { countingSources } from "../src/chat/session/fixtures.contract.ts";
import { type Listening, type ListenOptions, listen } from "../src/node/serve.ts";
import { createApi, createServer, type RequestLine, type ServerOptions } from "../src/server/index.ts";
import { hostOf, type ScriptedHost } from "../src/server/scripted-host.contract.ts";
import { ConversationStore, Workspace } from "../src/workspace/index.ts";

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

export interface ServedConversations extends Served {
  readonly storage: MemoryStorage;
  readonly store: ConversationStore;
}

/** The same with the server's own API, for a workspace in memory. */
export async function serveConversations(
  scripted: ScriptedOptions = {},
  readOnly = false,
): Promise<ServedConversations> {
  const storage = new MemoryStorage();
  const sources = countingSources();
  const api = createApi({ workspace: new Workspace(storage), sources, readOnly });
  const served = await serveScripted(scripted, api);
  return { ...served, storage, store: new ConversationStore(storage, sources) };
}

/** Until it holds, or the test's time is over. */
export async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((done) => setTimeout(done, 2));
}
