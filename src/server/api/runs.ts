import * as v from "valibot";
import { ParrotletError } from "../../base/index.ts";
import { portableRecipe } from "../../export/index.ts";
import { formatRecipe, type Recipe } from "../../train/index.ts";
import { type Run, type RunSummary, recipeOf, summarize } from "../../workspace/index.ts";
import type { ApiRoute } from "./api-route.ts";
import { isLive, openRun, runEvents } from "./run-events.ts";
import type { ApiServices } from "./services.ts";

const GROUP = "Runs";

const state = v.object({
  status: v.picklist(["training", "stopped", "finished", "failed"]),
  reason: v.optional(v.string()),
  createdAt: v.string(),
  updatedAt: v.string(),
  seconds: v.number(),
  device: v.string(),
  parameters: v.number(),
});
const summary = v.object({
  name: v.string(),
  state: v.optional(state),
  live: v.boolean(),
  damaged: v.boolean(),
  step: v.number(),
  steps: v.number(),
  perfect: v.number(),
  pairs: v.number(),
  loss: v.optional(v.number()),
  bitsPerByte: v.optional(v.number()),
});
export const checkpointSchema: v.GenericSchema = v.object({
  step: v.number(),
  best: v.boolean(),
  scores: v.optional(v.record(v.string(), v.number())),
});

/** What was trained in this workspace, here or elsewhere. */
export function runRoutes(services: ApiServices): readonly ApiRoute[] {
  return [
    {
      method: "GET",
      path: "/api/runs",
      id: "listRuns",
      group: GROUP,
      summary: "Runs, the one that was trained last first",
      answers: [
        { about: "The runs", type: "application/json", schema: v.object({ runs: v.array(summary) }) },
      ],
      handle: async () => {
        const runs = await services.workspace.summaries();
        return Response.json({ runs: runs.map((run) => shownSummary(run, services)) });
      },
    },
    {
      method: "GET",
      path: "/api/runs/:name",
      id: "readRun",
      group: GROUP,
      summary: "A run: its recipe, its state, its checkpoints, and what they come to",
      answers: [
        {
          about: "The run",
          type: "application/json",
          schema: v.object({
            name: v.string(),
            recipe: v.string(),
            state: v.optional(state),
            live: v.boolean(),
            checkpoints: v.array(checkpointSchema),
            report: v.optional(v.record(v.string(), v.unknown())),
          }),
        },
      ],
      handle: async ({ params }) => {
        const run = await openRun(services, params["name"] ?? "");
        return Response.json(await details(run, services));
      },
    },
    {
      method: "GET",
      path: "/api/runs/:name/events",
      id: "watchRun",
      group: GROUP,
      summary: "What happens in a run: all so far, then as it comes while this server trains it",
      query: {
        after: "The number of a line: only what comes after it. The header Last-Event-ID says the same",
        limit: "Of a page of JSON: how many, 1 to 5000; 1000 where nothing is said",
      },
      answers: [
        { about: "Events of docs/events.md with their lines as ids", type: "text/event-stream" },
        {
          about: "A page of them, where application/json is accepted",
          type: "application/json",
          schema: v.object({
            events: v.array(v.object({ line: v.number(), event: v.record(v.string(), v.unknown()) })),
            next: v.optional(v.number()),
            live: v.boolean(),
          }),
        },
      ],
      handle: (call) => runEvents(call, services),
    },
  ];
}

function shownSummary({ damage, ...run }: RunSummary, services: ApiServices): object {
  return { ...run, live: isLive(services, run.name), damaged: damage !== undefined };
}

async function details(run: Run, services: ApiServices): Promise<object> {
  const recipe = portableRecipe(await ownRecipe(run));
  const report = summarize(run.name, await run.events());
  // Where data come from is in the recipe, without folders.
  const { sources: _, ...figures } = report?.text ?? {};
  return {
    name: run.name,
    recipe: formatRecipe(recipe),
    state: await run.state(),
    live: isLive(services, run.name),
    checkpoints: await checkpointsOf(run),
    report: report && { ...report, text: report.text && figures },
  };
}

/** A recipe that somebody has edited is not the client's mistake. */
async function ownRecipe(run: Run): Promise<Recipe> {
  try {
    return await run.recipe();
  } catch (cause) {
    if (!(cause instanceof ParrotletError)) throw cause;
    throw new ParrotletError("run-damaged", cause.message, { cause });
  }
}

/** The checkpoints that are there, lowest step first, with what was measured. */
export async function checkpointsOf(run: Run): Promise<object[]> {
  const best = await run.bestStep();
  const steps = await run.checkpoints();
  return Promise.all(
    steps.map(async (step) => {
      const scores = await run.record(step).then(
        (record) => record?.scores,
        () => undefined,
      );
      return { step, best: step === best, scores };
    }),
  );
}

/** What a checkpoint says of the recipe that it was trained by. */
export async function recipeName(run: Run): Promise<string | undefined> {
  try {
    const record = await run.newest();
    return record ? recipeOf(record).name : (await run.recipe()).name;
  } catch {
    return undefined;
  }
}
