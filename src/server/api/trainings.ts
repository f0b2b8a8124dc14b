import * as v from "valibot";
import { isName, shown } from "../../base/index.ts";
import { ApiError } from "../api-error.ts";
import { type Call, routeWithBody } from "../route.ts";
import type { ApiRoute } from "./api-route.ts";
import { text, whole } from "./schemas.ts";
import type { ApiServices } from "./services.ts";
import type { TrainingDesk, TrainingRequest, TrainingStatus } from "./training-desk.ts";

const GROUP = "Trainings";

const status: v.GenericSchema<unknown, TrainingStatus> = v.object({
  run: v.string(),
  status: v.picklist(["starting", "training", "pausing", "paused", "stopping", "ended", "failed"]),
  step: v.number(),
  steps: v.number(),
  loss: v.optional(v.number()),
  secondsLeft: v.optional(v.number()),
  reason: v.optional(v.string()),
  error: v.optional(v.object({ code: v.string(), message: v.string() })),
});

const MOST_MINUTES = 24 * 60;

const request: v.GenericSchema<unknown, TrainingRequest> = v.strictObject({
  recipe: v.union(
    [text(64, 1), v.record(v.string(), v.unknown())],
    "it must be the name of a recipe or a character, or a recipe.",
  ),
  name: v.optional(text(64, 1)),
  seed: v.optional(whole(0, 2 ** 31 - 1)),
  steps: v.optional(whole(1, 10_000_000)),
  minutes: v.optional(
    v.pipe(
      v.number("it must be a number."),
      v.minValue(0.01, "it must be at least 0.01."),
      v.maxValue(MOST_MINUTES, `it must be at most ${MOST_MINUTES}.`),
    ),
  ),
});

const answers = [{ about: "The training", type: "application/json", schema: status }] as const;

/** What this server trains. Without a desk, nothing. */
export function trainingRoutes({ desk }: ApiServices): readonly ApiRoute[] {
  if (!desk) return [];
  return [
    {
      method: "GET",
      path: "/api/trainings",
      id: "listTrainings",
      group: GROUP,
      summary: "What is trained, and what was lately",
      answers: [
        {
          about: "The trainings, the newest first",
          type: "application/json",
          schema: v.object({ trainings: v.array(status) }),
        },
      ],
      handle: () => Response.json({ trainings: desk.list() }),
    },
    {
      writes: true,
      ...routeWithBody({
        method: "POST",
        path: "/api/trainings",
        id: "startTraining",
        group: GROUP,
        summary: "Train a new run, of data that came with the program",
        body: request,
        status: 201,
        answers,
        handle: async (_: Call, wanted: TrainingRequest) =>
          Response.json(await desk.start(wanted), { status: 201 }),
      }),
    },
    {
      method: "GET",
      path: "/api/trainings/:name",
      id: "readTraining",
      group: GROUP,
      summary: "How far a training is",
      answers,
      handle: ({ params }) => Response.json(found(desk, params)),
    },
    changing(
      "pause",
      "pauseTraining",
      "Let a training rest; answers once nothing is computed any more",
      (run) => desk.pause(run),
    ),
    changing("resume", "unpauseTraining", "Go on with a training that rests", (run) => desk.unpause(run)),
    changing("stop", "stopTraining", "End a training with a checkpoint, from which it can go on", (run) =>
      desk.stop(run),
    ),
    {
      writes: true,
      method: "POST",
      path: "/api/runs/:name/resume",
      id: "resumeRun",
      group: GROUP,
      summary: "Go on with a run that was stopped, from its newest checkpoint",
      answers,
      handle: async ({ params: { name = "" } }) => Response.json(await desk.resume(isName(name) ? name : "")),
    },
  ];

  function changing(
    verb: string,
    id: string,
    summary: string,
    act: (run: string) => Promise<TrainingStatus>,
  ): ApiRoute {
    return {
      writes: true,
      method: "POST",
      path: `/api/trainings/:name/${verb}`,
      id,
      group: GROUP,
      summary,
      answers,
      handle: async ({ params }) => Response.json(await act(found(desk as TrainingDesk, params).run)),
    };
  }
}

function found(desk: TrainingDesk, { name = "" }: Call["params"]): TrainingStatus {
  const training = desk.find(name);
  if (training) return training;
  const message = `This server has no training of ${shown(name)}.`;
  throw new ApiError(404, message, { code: "training-not-found" });
}
