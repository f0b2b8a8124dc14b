import * as v from "valibot";
import {
  Conversation,
  type ConversationRecord,
  conversationFromJson,
  conversationFromMarkdown,
  conversationToJson,
  conversationToMarkdown,
} from "../../chat/index.ts";
import type { ConversationListing } from "../../workspace/index.ts";
import { refused } from "../api-error.ts";
import { type Call, routeWithBody } from "../route.ts";
import type { ApiRoute } from "./api-route.ts";
import { limitIn } from "./paging.ts";
import { publicConversation, publicMessage } from "./public-records.ts";
import { conversation as conversationAnswer, listing, reference, said, text, title } from "./schemas.ts";
import type { ApiServices } from "./services.ts";

const GROUP = "Conversations";
/** Bytes of a conversation that is brought in. */
const IMPORT_BYTES = 16 << 20;

const answers = [
  { about: "The conversation", type: "application/json", schema: conversationAnswer },
] as const;

/** Conversations as they are kept: found, read, made, changed, brought in and out. */
export function conversationRoutes(services: ApiServices): readonly ApiRoute[] {
  const { store, sources } = services;
  return [
    {
      method: "GET",
      path: "/api/conversations",
      id: "listConversations",
      group: GROUP,
      summary: "Conversations, the newest first; or, with q, messages in which words are",
      query: {
        q: "Words that are all in a message, whatever their case",
        limit: "How many, 1 to 200; 50 where nothing is said",
        after: "What `next` of the page before said",
      },
      answers: [{ about: "A page, or what was found", type: "application/json", schema: listAnswer }],
      handle: ({ query, exchange }) => {
        const q = query.get("q");
        return q === null ? list(services, query) : search(services, q, query, exchange.signal);
      },
    },
    {
      writes: true,
      ...routeWithBody({
        method: "POST",
        path: "/api/conversations",
        id: "createConversation",
        group: GROUP,
        summary: "Begin a conversation",
        body: v.strictObject({
          id: v.optional(reference),
          title: v.optional(title),
          system: v.optional(said),
        }),
        status: 201,
        answers,
        handle: async (_, { id, title, system }) => {
          const begun = Conversation.begin(sources, { id, title, system });
          return shown(services, await store.add(begun), { status: 201 });
        },
      }),
    },
    {
      writes: true,
      bodyBytes: IMPORT_BYTES,
      ...routeWithBody({
        method: "POST",
        path: "/api/conversations/import",
        id: "importConversation",
        group: GROUP,
        summary: "Bring in a conversation: our JSON, messages as OpenAI has them, or our Markdown",
        body: v.strictObject({
          json: v.optional(v.unknown()),
          markdown: v.optional(text(IMPORT_BYTES)),
          title: v.optional(title),
        }),
        status: 201,
        answers,
        handle: async (_, { json, markdown, title }) => {
          if ((json === undefined) === (markdown === undefined))
            throw refused("The body must hold either json or markdown.");
          const read =
            markdown === undefined
              ? conversationFromJson(JSON.stringify(json), sources)
              : conversationFromMarkdown(markdown, sources);
          if (title !== undefined) read.append(read.titled(title));
          return shown(services, await store.add(read), { status: 201 });
        },
      }),
    },
    {
      method: "GET",
      path: "/api/conversations/:id",
      id: "readConversation",
      group: GROUP,
      summary: "A conversation with all versions of its messages",
      query: { records: "true: also its records, in their order" },
      answers,
      handle: async ({ params, query }) =>
        shown(services, await store.open(params["id"] ?? ""), {
          records: query.get("records") === "true",
        }),
    },
    {
      writes: true,
      ...routeWithBody({
        method: "PATCH",
        path: "/api/conversations/:id",
        id: "changeConversation",
        group: GROUP,
        summary: "Give a conversation another title, or another system message",
        body: v.strictObject({ title: v.optional(title), system: v.optional(v.nullable(said)) }),
        answers,
        handle: async ({ params }, { title, system }) =>
          shown(
            services,
            await change(services, params, (now) => [
              ...(title === undefined ? [] : [now.titled(title)]),
              ...(system === undefined ? [] : [now.systemChanged(system ?? undefined)]),
            ]),
          ),
      }),
    },
    {
      writes: true,
      method: "DELETE",
      path: "/api/conversations/:id",
      id: "deleteConversation",
      group: GROUP,
      summary: "Remove a conversation for good",
      answers: [
        {
          about: "It is gone",
          type: "application/json",
          schema: v.object({ id: v.string(), deleted: v.literal(true) }),
        },
      ],
      handle: async ({ params: { id = "" } }) => {
        await services.talks.alone(id, () => store.delete(id));
        return Response.json({ id, deleted: true });
      },
    },
    {
      method: "GET",
      path: "/api/conversations/:id/export",
      id: "exportConversation",
      group: GROUP,
      summary: "A conversation for other programs, or for people",
      query: { as: "json: all of it; openai: the messages of its path; markdown: these to read" },
      answers: [
        { about: "As JSON", type: "application/json" },
        { about: "As Markdown", type: "text/markdown" },
      ],
      handle: async ({ params, query }) => exported(services, params["id"] ?? "", query.get("as") ?? "json"),
    },
  ];
}

const hit = v.object({
  conversation: v.string(),
  message: v.string(),
  role: v.picklist(["user", "assistant"]),
  snippet: v.string(),
});
const listAnswer = v.union([
  v.object({ conversations: v.array(listing), next: v.optional(v.string()) }),
  v.object({ hits: v.array(hit) }),
]);

async function search(
  { store }: ApiServices,
  q: string,
  query: URLSearchParams,
  signal: AbortSignal,
): Promise<Response> {
  const most = limitIn(query, 50, 200);
  return Response.json({ hits: await store.search(q.slice(0, 1000), { most, signal }) });
}

/** A page goes on after a time and an id, so that it misses nothing where others come or go meanwhile. */
async function list({ store }: ApiServices, query: URLSearchParams): Promise<Response> {
  const most = limitIn(query, 50, 200);
  const after = query.get("after");
  const [, at, id = ""] = /^([^~]{0,40})~(.{1,100})$/su.exec(after ?? "") ?? [];
  if (after !== null && at === undefined) throw refused("after must be what next of a page said.", "after");
  const all = await store.list();
  const rest =
    at === undefined ? all : all.filter((each) => timeOf(each) < at || (timeOf(each) === at && each.id > id));
  const page = rest.slice(0, most);
  const last = page.at(-1);
  const next = last && rest.length > page.length ? `${timeOf(last)}~${last.id}` : undefined;
  return Response.json({ conversations: page, next });
}

const timeOf = ({ at = "" }: ConversationListing): string => at;

/** Changes a conversation by records, each of which is written down before it is true. */
export function change(
  { store, talks }: ApiServices,
  { id = "" }: Call["params"],
  make: (conversation: Conversation) => readonly ConversationRecord[],
): Promise<Conversation> {
  return talks.alone(id, async () => {
    const conversation = await store.open(id);
    for (const record of make(conversation)) {
      await store.append(id, record);
      conversation.append(record);
    }
    return conversation;
  });
}

export function shown(
  { talks }: ApiServices,
  conversation: Conversation,
  { status = 200, records = false }: { readonly status?: number; readonly records?: boolean } = {},
): Response {
  const { id, title, system, createdAt, forkedFrom, messages, path, canRedo } = conversation;
  const places = path.map((message) => {
    const { versions, index } = conversation.versions(message.id);
    return { id: message.id, versions: versions.map((each) => each.id), index };
  });
  const plain = (record: ConversationRecord): ConversationRecord =>
    record.type === "message" ? publicMessage(record) : record;
  const body = {
    ...{ id, title, system, createdAt, forkedFrom },
    messages: messages.map(publicMessage),
    path: places,
    canRedo,
    busy: talks.isBusy(id),
    ...(records && { records: conversation.records.map(plain) }),
  };
  return Response.json(body, { status });
}

async function exported({ store, sources }: ApiServices, id: string, as: string): Promise<Response> {
  const types = { json: "application/json", openai: "application/json", markdown: "text/markdown" } as const;
  const type = Object.entries(types).find(([name]) => name === as)?.[1];
  if (!type) throw refused("as must be json, openai or markdown.", "as");
  const conversation = publicConversation(await store.open(id), sources);
  const body =
    as === "markdown"
      ? conversationToMarkdown(conversation)
      : conversationToJson(conversation, as === "openai" ? "openai" : "parrotlet");
  const ending = as === "markdown" ? "md" : "json";
  return new Response(body, {
    headers: {
      "content-type": `${type}; charset=utf-8`,
      "content-disposition": `attachment; filename*=UTF-8''${encodeURIComponent(id)}.${ending}`,
    },
  });
}
