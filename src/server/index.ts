export { ApiError, type ErrorBody, refused } from "./api-error.ts";
export type { RequestLine, ServerContext, ServerLog } from "./context.ts";
export { type ChatServer, createServer, type ServerOptions } from "./create-server.ts";
export { Exchange } from "./exchange.ts";
export { hashKey } from "./guards/key.ts";
export { DEFAULT_LIMITS, type Limits } from "./limits.ts";
export { openApiDocument } from "./openapi.ts";
export { type Call, type Route, type RouteAnswer, routeWithBody } from "./route.ts";
export { type EventSource, eventOf, eventStream, SSE_HEADERS } from "./sse.ts";
