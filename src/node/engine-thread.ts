/** A thread that computes for a device: see `serveTeam`. */
import { workerData } from "node:worker_threads";
import { serveWasm } from "../engine/index.ts";
import type { NodeThread } from "./engine-threads.ts";
import { serveNative } from "./native.ts";

const thread = workerData as NodeThread;
if (thread.kind === "wasm") serveWasm(thread.place);
else serveNative(thread);
