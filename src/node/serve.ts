import type { IncomingMessage, Server, ServerResponse } from "node:http";
import { createServer as createHttpServer } from "node:http";
import type { AddressInfo } from "node:net";
import { getRequestListener } from "@hono/node-server";
import { ParrotletError } from "../base/index.ts";
import type { ChatServer } from "../server/index.ts";

export interface ListenOptions {
  /** @default "127.0.0.1" */
  readonly host?: string | undefined;
  /** 0 is any that is free. @default 7277 */
  readonly port?: number | undefined;
  /** Ports after it that are tried where it is taken. @default 0 */
  readonly orNext?: number | undefined;
  /** Connections at once; more are closed at once. @default 2048 */
  readonly mostConnections?: number | undefined;
  /** A client whose request's head takes longer to come is given up, in milliseconds. @default 10,000 */
  readonly headMs?: number | undefined;
  /** The same of head and body together. @default 60,000 */
  readonly requestMs?: number | undefined;
  /** A connection on which nothing is asked any more is closed, in milliseconds. @default 65,000 */
  readonly keepAliveMs?: number | undefined;
  /** A connection on which nothing moves is closed, in milliseconds: who asked does not read. Longer than an answer may take. @default 660,000 */
  readonly idleMs?: number | undefined;
}

/** A server that listens. */
export interface Listening {
  readonly host: string;
  readonly port: number;
  readonly url: string;
  /** Takes no more connections, lets answers end within so many milliseconds, then ends them. */
  close(graceMs?: number): Promise<void>;
}

/** PARR on a telephone's keys: 8000, 8080, 1234, 7860 and 11434 are those of other model servers and of much else. */
export const DEFAULT_PORT = 7277;

/**
 * Listens for a server's requests.
 *
 * @throws {ParrotletError} `port-taken`, `cannot-listen`.
 */
export async function listen(server: ChatServer, options: ListenOptions = {}): Promise<Listening> {
  const { host = "127.0.0.1", port = DEFAULT_PORT, orNext = 0, mostConnections = 2048 } = options;
  const { headMs = 10_000, requestMs = 60_000, keepAliveMs = 65_000, idleMs = 660_000 } = options;
  const respond = getRequestListener((request) => server.fetch(request), {
    overrideGlobalObjects: false,
    hostname: "localhost",
    errorHandler: () => badRequest(),
  });
  const http = createHttpServer(
    {
      headersTimeout: headMs,
      requestTimeout: requestMs,
      connectionsCheckingInterval: Math.min(1000, headMs),
      keepAliveTimeout: keepAliveMs,
      maxHeaderSize: 16_384,
      requireHostHeader: true,
    },
    (incoming: IncomingMessage, outgoing: ServerResponse) => void respond(incoming, outgoing),
  );
  http.maxConnections = mostConnections;
  http.maxHeadersCount = 100;
  http.timeout = idleMs;
  const bound = await bind(http, host, port, orNext);
  const name = host.includes(":") ? `[${host}]` : host;
  return {
    host,
    port: bound,
    url: `http://${name}:${bound}`,
    async close(graceMs = 0) {
      const closed = new Promise<void>((resolve) => http.close(() => resolve()));
      http.closeIdleConnections();
      await server.close(graceMs);
      http.closeIdleConnections();
      const timer = setTimeout(() => http.closeAllConnections(), 200);
      await closed;
      clearTimeout(timer);
    },
  };
}

/** What is no HTTP request that could be asked: a Host that is no name, a path that is none. */
const badRequest = (): Response =>
  Response.json(
    {
      error: {
        message: "The request's path or Host header is not valid.",
        type: "invalid_request_error",
        param: null,
        code: "bad_request",
      },
    },
    { status: 400 },
  );

async function bind(http: Server, host: string, port: number, orNext: number): Promise<number> {
  for (let next = port; ; next++) {
    try {
      return await bindTo(http, host, next);
    } catch (error) {
      const { code = "" } = error as NodeJS.ErrnoException;
      if (code !== "EADDRINUSE") throw cannotListen(host, next, error);
      if (next - port >= orNext || next === 65_535) throw portTaken(port, orNext);
    }
  }
}

const bindTo = (http: Server, host: string, port: number): Promise<number> =>
  new Promise((resolve, reject) => {
    http.once("error", reject);
    http.listen(port, host, () => {
      http.off("error", reject);
      resolve((http.address() as AddressInfo).port);
    });
  });

function portTaken(port: number, orNext: number): ParrotletError {
  const which = orNext > 0 ? `Ports ${port} to ${port + orNext} are` : `Port ${port} is`;
  return new ParrotletError(
    "port-taken",
    `${which} in use by another program. Choose one: --port ${port + orNext + 1}`,
  );
}

function cannotListen(host: string, port: number, cause: unknown): ParrotletError {
  const { code, message } = cause as NodeJS.ErrnoException;
  const why =
    code === "EADDRNOTAVAIL"
      ? "this machine has no such address"
      : code === "EACCES"
        ? "ports below 1024 need rights that you do not have"
        : message;
  return new ParrotletError("cannot-listen", `Cannot listen on ${host}:${port}: ${why}.`, { cause });
}
