#!/usr/bin/env node
// Libraries look at this when they are loaded, and do not all know https://no-color.org.
if (process.env["NO_COLOR"]) process.env["FORCE_COLOR"] = "0";
// A reader that has seen enough, as `head` has, is no error.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit(0);
  throw error;
});
const { runProgram } = await import("./program.ts");
process.exitCode = await runProgram(process.argv.slice(2));
