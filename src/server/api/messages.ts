import * as v from "valibot";
import type { Conversation, ConversationRecord } from "../../chat/index.ts";
import { type Call, routeWithBody } from "../route.ts";
import type { ApiRoute } from "./api-route.ts";
import { change, shown } from "./conversations.ts";
import {
  conversation,
  editRequest,
  message,
  type ReplyRequest,
  reference,
  replyRequest,
  sayRequest,
} from "./schemas.ts";
import type { ApiServices } from "./services.ts";
import { type Ask, talk } from "./talk.ts";

const GROUP = "Conversations";
const PATH = "/api/conversations/:id";

const replyAnswer = v.object({
  prompt: v.object({
    system: v.optional(v.string()),
    message,
    kept: v.array(v.string()),
    dropped: v.array(v.string()),
    ignored: v.array(v.string()),
    promptTokens: v.number(),
    maxNewTokens: v.number(),
    seed: v.number(),
  }),
  message: v.optional(message),
  finish: v.string(),
  usage: v.object({ promptTokens: v.number(), completionTokens: v.number() }),
  timing: v.object({ queued: v.number(), firstToken: v.number(), total: v.number() }),
});

/** What is said in a conversation. Everything is written down: what the user says before the reply begins, the reply when it ends, however it ends. */
export function messageRoutes(services: ApiServices): readonly ApiRoute[] {
  return [
    reply(services, sayRequest, {
      path: `${PATH}/messages`,
      id: "say",
      summary: "Say something, and be answered",
      ask:
        ({ text }) =>
        (session, options) =>
          session.send(text, options),
    }),
    reply(services, editRequest, {
      path: `${PATH}/edit`,
      id: "editMessage",
      summary: "Say something otherwise, and be answered: another version of a message, and a reply to it",
      ask:
        ({ message, text }) =>
        (session, options) =>
          session.edit(message, text, options),
    }),
    reply(services, replyRequest, {
      path: `${PATH}/retry`,
      id: "retryReply",
      summary: "Be answered again, or for the first time where that did not come to be",
      ask: () => (session, options) => session.regenerate(options),
    }),
    reply(services, replyRequest, {
      path: `${PATH}/continue`,
      id: "continueReply",
      summary: "Go on with the newest reply",
      ask: () => (session, options) => session.continueReply(options),
    }),
    changing(services, v.strictObject({}), {
      path: `${PATH}/undo`,
      id: "undoExchange",
      summary: "Take the newest exchange from the path; it stays among the versions",
      make: (now) => now.undone(),
    }),
    changing(services, v.strictObject({}), {
      path: `${PATH}/redo`,
      id: "redoExchange",
      summary: "Put back what was undone last",
      make: (now) => now.redone(),
    }),
    changing(services, chooseRequest, {
      path: `${PATH}/choose`,
      id: "chooseVersion",
      summary: "Put a version of a message on the path, or the one before or after it",
      make: (now, { message, by }) =>
        by === undefined ? now.chosen(message) : now.chosenBeside(message, by),
    }),
    {
      writes: true,
      ...routeWithBody({
        method: "POST",
        path: `${PATH}/fork`,
        id: "forkConversation",
        group: GROUP,
        summary: "Another conversation with what was said up to a message, or up to the newest",
        body: v.strictObject({ message: v.optional(reference) }),
        status: 201,
        answers: [{ about: "The new conversation", type: "application/json", schema: conversation }],
        handle: async ({ params }, { message }) => {
          const now = await services.store.open(params["id"] ?? "");
          return shown(services, await services.store.add(now.fork(message)), { status: 201 });
        },
      }),
    },
  ];
}

const chooseRequest: v.GenericSchema<
  unknown,
  { readonly message: string; readonly by?: -1 | 1 | undefined }
> = v.strictObject({ message: reference, by: v.optional(v.picklist([-1, 1], "it must be -1 or 1.")) });

interface About {
  readonly path: string;
  readonly id: string;
  readonly summary: string;
}

const reply = <T extends ReplyRequest>(
  services: ApiServices,
  body: v.GenericSchema<unknown, T>,
  { ask, ...about }: About & { readonly ask: (request: T) => Ask },
): ApiRoute => ({
  writes: true,
  ...routeWithBody({
    ...about,
    method: "POST",
    group: GROUP,
    body,
    answers: [
      { about: "Events: prompt, delta, end, or error", type: "text/event-stream" },
      { about: "All of it, with stream: false", type: "application/json", schema: replyAnswer },
    ],
    handle: (call: Call, request: T) => talk(call, services, request, ask(request)),
  }),
});

const changing = <T>(
  services: ApiServices,
  body: v.GenericSchema<unknown, T>,
  { make, ...about }: About & { readonly make: (now: Conversation, request: T) => ConversationRecord },
): ApiRoute => ({
  writes: true,
  ...routeWithBody({
    ...about,
    method: "POST",
    group: GROUP,
    body,
    answers: [{ about: "The conversation", type: "application/json", schema: conversation }],
    handle: async ({ params }: Call, request: T) =>
      shown(services, await change(services, params, (now) => [make(now, request)])),
  }),
});
