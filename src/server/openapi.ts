import { toJsonSchema } from "@valibot/to-json-schema";
import type { GenericSchema } from "valibot";
import { errorAnswer } from "./openai/answers.ts";
import { openApiPath, type Route, type RouteAnswer } from "./route.ts";

/** Schemas say more than JSON Schema can (a text that is a regular expression); that part is left out. */
function schemaOf(schema: GenericSchema): object {
  const { $schema: _, ...rest } = toJsonSchema(schema, {
    errorMode: "ignore",
    typeMode: "input",
    target: "draft-2020-12",
  });
  return rest;
}

/** The routes as an OpenAPI 3.1 document. @see https://spec.openapis.org/oas/v3.1.1.html */
export function openApiDocument(routes: readonly Route[], version: string): object {
  const paths: Record<string, Record<string, object>> = {};
  for (const route of routes) {
    const path = openApiPath(route.path);
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operation(route) };
  }
  return {
    openapi: "3.1.1",
    info: { title: "Parrotlet", version, description: "Talk to models that were raised here, or anywhere." },
    paths,
    components: {
      securitySchemes: { key: { type: "http", scheme: "bearer" } },
      schemas: { Error: schemaOf(errorAnswer) },
    },
  };
}

function operation({
  id,
  group,
  summary,
  body,
  query = {},
  path,
  status = 200,
  answers,
  open,
}: Route): object {
  const named = [...path.matchAll(/:(\w+)/g)].map(([, name]) => parameter(name ?? "", "path"));
  const asked = Object.entries(query).map(([name, about]) => ({
    ...parameter(name, "query"),
    description: about,
  }));
  return {
    operationId: id,
    tags: [group],
    summary,
    ...(named.length + asked.length > 0 ? { parameters: [...named, ...asked] } : {}),
    ...(body
      ? { requestBody: { required: true, content: { "application/json": { schema: schemaOf(body) } } } }
      : {}),
    responses: {
      [status]: {
        description: answers.map(({ about }) => about).join("; "),
        content: Object.fromEntries(answers.map(contentOf)),
      },
      default: {
        description: "An error",
        content: { "application/json": { schema: { $ref: "#/components/schemas/Error" } } },
      },
    },
    ...(open ? { security: [] } : { security: [{ key: [] }, {}] }),
  };
}

const parameter = (name: string, place: "path" | "query"): object => ({
  name,
  in: place,
  required: place === "path",
  schema: { type: "string" },
});

const contentOf = ({ type, schema }: RouteAnswer): [string, object] => [
  type,
  { schema: schema ? schemaOf(schema) : { type: "string" } },
];
