import * as v from "valibot";
import { openApiDocument } from "../openapi.ts";
import type { Route } from "../route.ts";

/** What is asked about the server itself. `all` are the routes that the OpenAPI document describes, these included. */
export function serviceRoutes(all: () => readonly Route[]): readonly Route[] {
  return [
    {
      method: "GET",
      path: "/",
      id: "getHome",
      group: "Server",
      summary: "What is here",
      open: true,
      answers: [{ about: "What is here", type: "text/plain" }],
      handle: ({ context }) => new Response(home(context.version, all())),
    },
    {
      method: "GET",
      path: "/health",
      id: "getHealth",
      group: "Server",
      summary: "Whether the server is well",
      open: true,
      answers: [
        {
          about: "It is",
          type: "application/json",
          schema: v.object({ status: v.literal("ok"), uptime: v.number(), open_models: v.number() }),
        },
      ],
      handle: ({ context }) =>
        Response.json({
          status: "ok",
          uptime: Math.max(0, Math.round((context.clock() - context.startedAt) / 1000)),
          open_models: context.metrics.openModels,
        }),
    },
    {
      method: "GET",
      path: "/metrics",
      id: "getMetrics",
      group: "Server",
      summary: "What the server counts, as Prometheus reads it",
      answers: [{ about: "Metrics", type: "text/plain" }],
      handle: ({ context }) =>
        new Response(context.metrics.render(), {
          headers: { "content-type": "text/plain; version=0.0.4; charset=utf-8" },
        }),
    },
    {
      method: "GET",
      path: "/openapi.json",
      id: "getOpenApi",
      group: "Server",
      summary: "This API, described for machines",
      answers: [{ about: "An OpenAPI 3.1 document", type: "application/json" }],
      handle: ({ context }) => Response.json(openApiDocument(all(), context.version)),
    },
  ];
}

const home = (version: string, routes: readonly Route[]): string => {
  const lines = routes.map(
    ({ method, path, summary }) => `${method.padEnd(6)} ${path.replace(/\{[^}]*\}/, "")}  ${summary}`,
  );
  return `Parrotlet ${version}\n\n${lines.join("\n")}\n`;
};
