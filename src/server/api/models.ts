import * as v from "valibot";
import type { BackendAbilities } from "../../chat/index.ts";
import { ApiError } from "../api-error.ts";
import type { ServedModel, ServedModels } from "../served-models.ts";
import type { ApiRoute } from "./api-route.ts";
import { publicAddress } from "./public-records.ts";
import { checkpointSchema, checkpointsOf, recipeName } from "./runs.ts";
import type { ApiServices } from "./services.ts";

const GROUP = "Models";

const modelEntries = {
  id: v.string(),
  address: v.optional(v.string()),
  kind: v.picklist(["tiny", "transformers", "llama", "openai"]),
  name: v.string(),
  about: v.string(),
  parameters: v.optional(v.number()),
  contextWindow: v.optional(v.number()),
  steps: v.optional(v.array(v.number())),
  createdAt: v.optional(v.string()),
  abilities: v.optional(
    v.object({
      chat: v.boolean(),
      complete: v.boolean(),
      system: v.boolean(),
      history: v.boolean(),
      logprobs: v.boolean(),
      embeddings: v.boolean(),
      formats: v.array(v.string()),
    }),
  ),
};

/** The models that can be talked to. */
export function modelRoutes(services: ApiServices): readonly ApiRoute[] {
  return [
    {
      method: "GET",
      path: "/api/models",
      id: "listOwnModels",
      group: GROUP,
      summary: "The models that can be talked to",
      answers: [
        {
          about: "The models; the first is the default",
          type: "application/json",
          schema: v.object({ models: v.array(v.object(modelEntries)) }),
        },
      ],
      handle: async ({ context: { models } }) => {
        const all = await models.list();
        return Response.json({
          models: all.map((model) => shownModel(model, models.abilitiesOf(model.address))),
        });
      },
    },
    {
      method: "GET",
      path: "/api/models/:id{.+}",
      id: "readModel",
      group: GROUP,
      summary: "A model, by its id or address; of a run, also its recipe and checkpoints",
      query: { open: "true: opens it to say what it can do" },
      answers: [
        {
          about: "The model",
          type: "application/json",
          schema: v.object({
            ...modelEntries,
            recipe: v.optional(v.string()),
            checkpoints: v.optional(v.array(checkpointSchema)),
          }),
        },
      ],
      handle: async ({ context: { models }, params, query, exchange }) => {
        const model = await models.find(params["id"]);
        const abilities =
          query.get("open") === "true"
            ? await opened(models, model, (release) => exchange.onEnd(release))
            : models.abilitiesOf(model.address);
        return Response.json({ ...shownModel(model, abilities), ...(await ofRun(services, model)) });
      },
    },
  ];
}

async function opened(
  models: ServedModels,
  { id }: ServedModel,
  later: (release: () => void) => void,
): Promise<BackendAbilities> {
  const { backend, release } = await models.open(id);
  later(release);
  return backend.abilities;
}

function shownModel(model: ServedModel, abilities: BackendAbilities | undefined): object {
  const { id, kind, name, about, parameters, contextWindow, steps, createdAt } = model;
  const address = publicAddress(model.address);
  return { id, address, kind, name, about, parameters, contextWindow, steps, createdAt, abilities };
}

/** @throws {ApiError} 404 where it has no checkpoint of the step that is asked for. */
async function ofRun({ workspace }: ApiServices, { address }: ServedModel): Promise<object> {
  const [, name = "", step] = /^run:([^@]+)(?:@(\d+))?$/.exec(address) ?? [];
  if (!(await workspace.runNames()).includes(name)) return {};
  const run = await workspace.run(name);
  if (step !== undefined && !(await run.checkpoints()).includes(Number(step)))
    throw new ApiError(404, `The run has no checkpoint of step ${step}.`, { code: "model-not-found" });
  return { recipe: await recipeName(run), checkpoints: await checkpointsOf(run) };
}
