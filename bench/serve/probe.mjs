/** Loaded into the server before itself (`--import`): tells the parent process its memory and how late its event loop is. */
import { monitorEventLoopDelay } from "node:perf_hooks";

const delay = monitorEventLoopDelay({ resolution: 5 });
delay.enable();
const ms = (nanoseconds) => (Number.isFinite(nanoseconds) ? nanoseconds / 1e6 : 0);
process.on("message", ({ reset }) => {
  if (reset) delay.reset();
});
process.channel?.unref();
setInterval(() => {
  const { rss, heapUsed, external } = process.memoryUsage();
  const late = { median: ms(delay.percentile(50)), p99: ms(delay.percentile(99)), max: ms(delay.max) };
  if (process.connected)
    process.send({ at: Date.now(), rss, heapUsed, external, late, cpu: process.cpuUsage() });
}, 250).unref();
