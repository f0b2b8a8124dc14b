import { describe, expect, it } from "vitest";
import { openAiRoutes } from "./openai/routes.ts";
import { openApiDocument } from "./openapi.ts";
import { serviceRoutes } from "./service/routes.ts";

const routes = [...serviceRoutes(() => []), ...openAiRoutes];

interface Operation {
  readonly operationId: string;
  readonly parameters?: readonly { readonly name: string; readonly in: string; readonly required: boolean }[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: Schema }>> };
  readonly responses: Readonly<Record<string, { readonly description: string; readonly content: object }>>;
}
interface Schema {
  readonly required: readonly string[];
  readonly properties: Readonly<Record<string, object>>;
}
const document = openApiDocument(routes, "1.2.3") as {
  readonly openapi: string;
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
};

const walk = (
  value: unknown,
  at: string,
  visit: (value: Record<string, unknown>, at: string) => void,
): void => {
  if (typeof value !== "object" || value === null) return;
  if (!Array.isArray(value)) visit(value as Record<string, unknown>, at);
  for (const [name, each] of Object.entries(value)) walk(each, `${at}/${name}`, visit);
};

describe("the OpenAPI document", () => {
  it("has all routes, each once, under names of their own", () => {
    const operations = Object.values(document.paths).flatMap((each) => Object.values(each));
    expect(operations.map(({ operationId }) => operationId).sort()).toEqual(
      routes.map(({ id }) => id).sort(),
    );
    expect(new Set(routes.map(({ id }) => id)).size).toBe(routes.length);
    expect(document.openapi).toBe("3.1.1");
    expect(JSON.parse(JSON.stringify(document))).toEqual(document);
  });

  it("describes every part of a path, every answer, and refers to what is there", () => {
    for (const [path, operations] of Object.entries(document.paths)) {
      const named = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
      expect(path).toMatch(/^(\/([\w.]+|\{\w+\}))*\/?$/);
      for (const operation of Object.values(operations)) {
        const parameters = operation.parameters ?? [];
        expect(
          parameters.filter((each) => each.in === "path" && each.required).map(({ name }) => name),
        ).toEqual(named);
        expect(operation.responses).toHaveProperty("default");
        for (const response of Object.values(operation.responses))
          expect(response.description && Object.keys(response.content).length).toBeTruthy();
      }
    }
    const references: string[] = [];
    walk(document, "#", (value, at) => {
      if (typeof value["$ref"] === "string") references.push(value["$ref"]);
      if ("$ref" in value) expect(at).not.toMatch(/\$defs/);
      expect(value).not.toHaveProperty("$schema");
    });
    for (const reference of new Set(references)) {
      const found = reference
        .slice(2)
        .split("/")
        .reduce<unknown>((value, name) => (value as Record<string, unknown>)[name], document);
      expect(found, reference).toBeTypeOf("object");
    }
  });

  it("says what a chat request may hold", () => {
    const body = document.paths["/v1/chat/completions"]?.["post"]?.requestBody;
    const schema = body?.content["application/json"]?.schema ?? { required: [], properties: {} };
    expect(schema.required).toEqual(["messages"]);
    expect(Object.keys(schema.properties)).toContain("max_completion_tokens");
    expect(JSON.stringify(schema.properties["n"])).toContain('"maximum":8');
  });
});
