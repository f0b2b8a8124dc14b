import { type Route, routeWithBody } from "../route.ts";
import { chatAnswer, completionAnswer, embeddingAnswer, modelAnswer, modelListAnswer } from "./answers.ts";
import { createChat } from "./chat.ts";
import { chatRequest } from "./chat-request.ts";
import { createCompletion } from "./completions.ts";
import { completionRequest } from "./completions-request.ts";
import { createEmbeddings, embeddingRequest } from "./embeddings.ts";
import { getModel, listModels } from "./models.ts";

/** What clients of OpenAI's API ask for. */
export const openAiRoutes: readonly Route[] = [
  {
    method: "GET",
    path: "/v1/models",
    id: "listModels",
    group: "OpenAI",
    summary: "The models that can be asked",
    answers: [{ about: "The models", type: "application/json", schema: modelListAnswer }],
    handle: listModels,
  },
  {
    method: "GET",
    path: "/v1/models/:id{.+}",
    id: "retrieveModel",
    group: "OpenAI",
    summary: "One model, by its id, its address, or a checkpoint of it (pip@500)",
    answers: [{ about: "The model", type: "application/json", schema: modelAnswer }],
    handle: getModel,
  },
  routeWithBody({
    method: "POST",
    path: "/v1/chat/completions",
    id: "createChatCompletion",
    group: "OpenAI",
    summary: "Answer a conversation",
    body: chatRequest,
    answers: [
      { about: "The answer", type: "application/json", schema: chatAnswer },
      { about: "The answer as it is made, with stream: true", type: "text/event-stream" },
    ],
    handle: createChat,
  }),
  routeWithBody({
    method: "POST",
    path: "/v1/completions",
    id: "createCompletion",
    group: "OpenAI",
    summary: "Go on with a text",
    body: completionRequest,
    answers: [
      { about: "The text", type: "application/json", schema: completionAnswer },
      { about: "The text as it is made, with stream: true", type: "text/event-stream" },
    ],
    handle: createCompletion,
  }),
  routeWithBody({
    method: "POST",
    path: "/v1/embeddings",
    id: "createEmbedding",
    group: "OpenAI",
    summary: "Vectors of texts",
    body: embeddingRequest,
    answers: [{ about: "The vectors", type: "application/json", schema: embeddingAnswer }],
    handle: createEmbeddings,
  }),
];
