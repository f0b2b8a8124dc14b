#!/usr/bin/env node
// Libraries look at these when they are loaded. Not all of them know https://no-color.org.
if (process.env["NO_COLOR"]) process.env["FORCE_COLOR"] = "0";
process.env["NODE_ENV"] ??= "production";

// A reader that has seen enough (`| head`) or a window that was closed: what is going on shall stop and save, quietly.
const GONE = new Set(["EPIPE", "EIO", "ENXIO"]);
for (const stream of [process.stdout, process.stderr]) {
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (!GONE.has(error.code ?? "")) throw error;
    stream.write = () => true;
    if (process.listenerCount("SIGHUP") > 0) process.emit("SIGHUP");
    else process.exit(0);
  });
}

const { runProgram } = await import("./program.ts");
process.exitCode = await runProgram(process.argv.slice(2));
