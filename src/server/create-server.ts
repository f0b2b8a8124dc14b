import { Hono } from "hono";
import type { ModelHost } from "../chat/index.ts";
import type { GenerationConfig } from "../generate/index.ts";
import { ApiError } from "./api-error.ts";
import type { ServerContext, ServerLog } from "./context.ts";
import { errorResponse } from "./error-response.ts";
import { Exchange } from "./exchange.ts";
import { checkHost, hostName } from "./guards/host.ts";
import { checkKey } from "./guards/key.ts";
import { allowOrigin, crossOrigin, isPreflight, preflightResponse } from "./guards/origin.ts";
import { DEFAULT_LIMITS, type Limits } from "./limits.ts";
import { ServerMetrics } from "./metrics/server-metrics.ts";
import { openAiRoutes } from "./openai/routes.ts";
import { addRoutes, openApiPath, type Route, type ServerEnv } from "./route.ts";
import { ServedModels } from "./served-models.ts";
import { serviceRoutes } from "./service/routes.ts";

export interface ServerOptions {
  /** What clients may open is what it lists, and the checkpoints of what it lists. */
  readonly host: ModelHost;
  readonly version: string;
  /** The model of requests that name none. @default the first that the host lists */
  readonly model?: string | undefined;
  /** SHA-256 of the key that clients must send. @default undefined: none is needed */
  readonly keyHash?: Uint8Array | undefined;
  /** Names, without ports, that the server is reached by. @default localhost, 127.0.0.1, [::1] */
  readonly allowedHosts?: readonly string[] | undefined;
  /** Origins whose pages may use it; `*` is any. @default [] */
  readonly allowedOrigins?: readonly string[] | undefined;
  readonly limits?: Partial<Limits> | undefined;
  /** What holds where a client says nothing. @default {} */
  readonly defaults?: Partial<GenerationConfig> | undefined;
  /** Routes besides OpenAI's: the same guards, limits, errors and document are theirs. @default [] */
  readonly routes?: readonly Route[] | undefined;
  /** What such routes have to end when the server closes, within the grace that answers have, too. @default nothing */
  readonly onClose?: ((graceMs: number) => Promise<void>) | undefined;
  /** @default nothing is logged */
  readonly log?: Partial<ServerLog> | undefined;
  /** Whether the log may say what was asked and answered. @default false */
  readonly logMessages?: boolean | undefined;
  readonly metrics?: ServerMetrics | undefined;
  readonly clock?: (() => number) | undefined;
  readonly ids?: (() => string) | undefined;
  /** Seeds of requests that name none, whole numbers below 2^32. */
  readonly seeds?: (() => number) | undefined;
}

/** A server without a socket: what listens gives it requests. */
export interface ChatServer {
  fetch(request: Request): Promise<Response>;
  /** Takes no more requests, lets those that are being answered end within so many milliseconds, then aborts them, and gives models back. */
  close(graceMs?: number): Promise<void>;
}

const LOOPBACK = ["localhost", "127.0.0.1", "[::1]"];

/** Answers as OpenAI's API does, for the models of a host. */
export function createServer(options: ServerOptions): ChatServer {
  const context = contextOf(options);
  const exchanges = new Set<Exchange>();
  let closing = false;
  const { keyHash, allowedHosts = LOOPBACK, allowedOrigins = [], routes = [] } = options;
  const [hosts, origins] = [new Set(allowedHosts.map(hostName)), new Set(allowedOrigins)];
  const all: readonly Route[] = [...serviceRoutes(() => all), ...openAiRoutes, ...routes];
  const open = new Set(all.flatMap((route) => (route.open ? [openApiPath(route.path)] : [])));
  const app = new Hono<ServerEnv>();
  addRoutes(app, context, all);
  app.notFound((c) => {
    const message = `There is no ${c.req.method} ${c.req.path.slice(0, 100)} here. GET /openapi.json says what is.`;
    throw new ApiError(404, message, { code: "unknown_route" });
  });
  app.onError((error) => {
    throw error;
  });

  async function guarded(request: Request, exchange: Exchange): Promise<Response> {
    if (closing) {
      const headers = { connection: "close", "retry-after": "5" };
      throw new ApiError(503, "The server is closing.", { code: "closing", headers });
    }
    if (keyHash && !open.has(new URL(request.url).pathname)) await checkKey(request, keyHash);
    return app.fetch(request, { exchange });
  }

  async function answered(request: Request, exchange: Exchange): Promise<Response> {
    let origin: string | undefined;
    let response: Response;
    try {
      checkHost(request, hosts);
      origin = crossOrigin(request, origins);
      response = isPreflight(request) ? preflightResponse(request) : await guarded(request, exchange);
    } catch (error) {
      const { aborted, reason } = exchange.signal;
      response = errorResponse(aborted ? reason : error, context, exchange);
    }
    const { headers } = response;
    headers.set("x-request-id", exchange.id);
    headers.set("x-content-type-options", "nosniff");
    if (origin !== undefined) allowOrigin(headers, origin);
    return response;
  }

  return {
    async fetch(request) {
      const exchange = new Exchange(request, `req-${context.ids()}`, context.limits.requestSeconds);
      exchanges.add(exchange);
      context.metrics.active++;
      exchange.onEnd(() => {
        exchanges.delete(exchange);
        context.metrics.active--;
        told(context, exchange, request.method);
      });
      const response = await answered(request, exchange);
      exchange.status ||= response.status;
      // HEAD is answered as GET is, without its body: nobody will read that to its end.
      if (!exchange.streaming || response.body === null) exchange.end();
      return response;
    },
    async close(graceMs = 0) {
      closing = true;
      const closed = options.onClose?.(graceMs);
      await emptied(exchanges, graceMs);
      const reason = new ApiError(503, "The server is closing.", { code: "closing" });
      for (const exchange of exchanges) exchange.abort(reason);
      await emptied(exchanges, 1000);
      for (const exchange of [...exchanges]) exchange.end();
      await closed;
      context.models.close();
    },
  };
}

/** Until nothing is being answered, or the time is over. */
async function emptied(exchanges: ReadonlySet<Exchange>, ms: number): Promise<void> {
  const until = performance.now() + ms;
  while (exchanges.size > 0 && performance.now() < until) await new Promise((done) => setTimeout(done, 10));
}

function told({ metrics, log, logMessages }: ServerContext, exchange: Exchange, given: string): void {
  const ms = performance.now() - exchange.started;
  const { id, route, status, model, promptTokens, completionTokens, asked, said } = exchange;
  const method = /^(GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS)$/.test(given) ? given : "other";
  metrics.requests.add({ method, route, status: String(status) });
  metrics.seconds.observe({ route }, ms / 1000);
  const words = logMessages ? { asked, said } : {};
  log.request({
    id,
    method,
    route,
    status,
    ms: Math.round(ms),
    model,
    promptTokens,
    completionTokens,
    ...words,
  });
}

function contextOf(options: ServerOptions): ServerContext {
  const { host, version, clock = Date.now, log = {}, logMessages = false, defaults = {} } = options;
  const { metrics = new ServerMetrics(), limits: given = {} } = options;
  const limits = { ...DEFAULT_LIMITS, ...given };
  return {
    version,
    models: new ServedModels(host, limits.openModels, metrics, clock, options.model),
    limits,
    metrics,
    log: { request: () => undefined, error: () => undefined, ...log },
    logMessages,
    clock,
    ids: options.ids ?? (() => crypto.randomUUID().replaceAll("-", "")),
    seeds: options.seeds ?? (() => crypto.getRandomValues(new Uint32Array(1))[0] ?? 0),
    defaults,
    startedAt: clock(),
  };
}
