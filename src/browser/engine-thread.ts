/** A worker that computes for a device until that is released: see `serveTeam`. */
import { serveWasm, type WasmThread } from "../engine/index.ts";

self.onmessage = ({ data }: MessageEvent<WasmThread>): void => {
  serveWasm(data);
  self.close();
};
