import type { Context, Hono } from "hono";
import type { GenericSchema } from "valibot";
import { ApiError } from "./api-error.ts";
import type { ServerContext } from "./context.ts";
import type { Exchange } from "./exchange.ts";
import { readJson } from "./read-json.ts";

/** What Hono hands to a handler. */
export interface ServerEnv {
  Bindings: { exchange: Exchange };
}

/** What a handler is given of a request. */
export interface Call {
  readonly request: Request;
  readonly context: ServerContext;
  readonly exchange: Exchange;
  /** The parts of the path that are named in it, decoded. */
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
}

/** What a route answers with. */
export interface RouteAnswer {
  readonly about: string;
  readonly type: "application/json" | "text/event-stream" | "text/plain" | "text/html" | "text/markdown";
  readonly schema?: GenericSchema | undefined;
}

/** A route: what it does, and what the OpenAPI document says of it. */
export interface Route {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** Hono's notation: `/v1/models/:id{.+}`. */
  readonly path: string;
  /** Unlike any other's: `createChatCompletion`. */
  readonly id: string;
  readonly group: string;
  readonly summary: string;
  readonly body?: GenericSchema | undefined;
  /** Query parameters: a name and what it is for. */
  readonly query?: Readonly<Record<string, string>> | undefined;
  /** @default 200 */
  readonly status?: number | undefined;
  readonly answers: readonly RouteAnswer[];
  /** Needs no key. @default false */
  readonly open?: boolean | undefined;
  readonly handle: (call: Call) => Response | Promise<Response>;
}

interface RouteWithBody<B> extends Omit<Route, "body" | "handle"> {
  readonly body: GenericSchema<unknown, B>;
  readonly handle: (call: Call, body: B) => Response | Promise<Response>;
}

/** A route that takes JSON, which is checked before the handler sees it. */
export const routeWithBody = <B>({ body, handle, ...route }: RouteWithBody<B>): Route => ({
  ...route,
  body,
  handle: async (call) => handle(call, await readJson(call.request, body, call.context.limits)),
});

/** A path as OpenAPI writes it: `/v1/models/{id}`. */
export const openApiPath = (path: string): string => path.replace(/:(\w+)(\{[^}]*\})?/g, "{$1}");

/** Answers at these routes; any other method at their paths is a 405 that says which there are. */
export function addRoutes(app: Hono<ServerEnv>, context: ServerContext, routes: readonly Route[]): void {
  for (const route of routes) app.on(route.method, route.path, (c) => answer(c, context, route));
  for (const path of new Set(routes.map((route) => route.path))) {
    const allow = routes.flatMap((route) => (route.path === path ? [route.method] : [])).join(", ");
    app.all(path, (c) => {
      c.env.exchange.route = openApiPath(path);
      const message = `${openApiPath(path)} takes ${allow}.`;
      throw new ApiError(405, message, { code: "method_not_allowed", headers: { allow } });
    });
  }
}

async function answer(c: Context<ServerEnv>, context: ServerContext, route: Route): Promise<Response> {
  const { exchange } = c.env;
  exchange.route = openApiPath(route.path);
  const params = c.req.param() as Readonly<Record<string, string>>;
  const query = new URL(c.req.url).searchParams;
  return route.handle({ request: c.req.raw, context, exchange, params, query });
}
