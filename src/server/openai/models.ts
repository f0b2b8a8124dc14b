import type { Call } from "../route.ts";
import type { ServedModel } from "../served-models.ts";

const modelObject = (model: ServedModel): object => {
  const made = Date.parse(model.createdAt ?? "");
  return {
    id: model.id,
    object: "model",
    created: Number.isNaN(made) ? 0 : Math.floor(made / 1000),
    owned_by: "parrotlet",
    about: model.about,
    ...(model.parameters === undefined ? {} : { parameters: model.parameters }),
    ...(model.contextWindow === undefined ? {} : { context_window: model.contextWindow }),
  };
};

/** `GET /v1/models` */
export const listModels = async ({ context }: Call): Promise<Response> =>
  Response.json({ object: "list", data: (await context.models.list()).map(modelObject) });

/** `GET /v1/models/{id}` */
export const getModel = async ({ context, params }: Call): Promise<Response> =>
  Response.json(modelObject(await context.models.find(params["id"])));
