/**
 * Draws the dashboard of a real training as an animated SVG, docs/dashboard.svg: the picture in the README.
 *
 *     npm run build && node scripts/picture.mjs
 */
process.env.FORCE_COLOR = "3";
const { EventEmitter } = await import("node:events");
const { mkdtempSync, rmSync, writeFileSync } = await import("node:fs");
const { tmpdir } = await import("node:os");
const { join } = await import("node:path");
const { render } = await import("ink");
const { createElement } = await import("react");
const { Dashboard } = await import("../dist/cli/dashboard/dashboard.js");
const { Show } = await import("../dist/cli/dashboard/show.js");
const { FileStorage, findRecipe, trainInWorker } = await import("../dist/node/index.js");
const { Workspace } = await import("../dist/workspace/index.js");

const [COLUMNS, SECONDS_A_FRAME] = [112, 2];

/** Something that Ink takes for a terminal, and that remembers the last frame. */
class Screen extends EventEmitter {
  columns = COLUMNS;
  rows = 60;
  isTTY = true;
  frame = "";
  write(text) {
    this.frame = text;
    return true;
  }
}

/** Something that Ink takes for a keyboard that nobody touches. */
class Keyboard extends EventEmitter {
  isTTY = true;
  setEncoding() {}
  setRawMode() {}
  resume() {}
  pause() {}
  ref() {}
  unref() {}
  read() {
    return null;
  }
}

async function record() {
  const root = mkdtempSync(join(tmpdir(), "parrotlet-"));
  const recipe = await findRecipe("tinytalks");
  const run = await new Workspace(new FileStorage(root)).createRun(recipe);
  const abort = new AbortController();
  const events = trainInWorker({ root, run: run.name, signal: abort.signal });
  const show = new Show({
    run: run.name,
    events,
    pace: { seconds: undefined, hold: 0.15 },
    steps: recipe.training.steps,
    checkpointSteps: recipe.training.checkpointSteps,
    abort,
  });
  const screen = new Screen();
  const app = render(createElement(Dashboard, { show }), {
    stdout: screen,
    stdin: new Keyboard(),
    debug: true,
  });
  const frames = [];
  let held = -1;
  show.subscribe(() => {
    const { checkpointNumber, holding, end } = show.snapshot();
    if ((holding === undefined && !end) || (checkpointNumber === held && !end)) return;
    held = checkpointNumber;
    setTimeout(() => frames.push(screen.frame), 60); // drawn a little later
  });
  await show.play();
  await new Promise((resolve) => setTimeout(resolve, 100));
  app.unmount();
  rmSync(root, { recursive: true });
  return frames;
}

const COLORS = { 31: "#ff7b72", 32: "#3fb950", 33: "#d29922", 36: "#39c5cf" };
const escaped = (text) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");

const PLAIN = { fill: "#e6edf3", bold: false, dim: false, underline: false };
const ESCAPE = String.fromCharCode(27);
const PARTS = new RegExp(`${ESCAPE}\\[([\\d;]*)m|([^${ESCAPE}]+)`, "g");

/** A style after one code of "select graphic rendition". */
function styled(style, code) {
  if (COLORS[code]) return { ...style, fill: COLORS[code] };
  const changes = {
    39: { fill: PLAIN.fill },
    1: { bold: true },
    2: { dim: true },
    22: { bold: false, dim: false },
    4: { underline: true },
    24: { underline: false },
  };
  return { ...style, ...changes[code] };
}

/** Many fonts lack braille, and then another's wider letters are taken. */
const fitted = (text) =>
  /[\u2800-\u28ff]/.test(text)
    ? ` textLength="${([...text].length * 8.4).toFixed(1)}" lengthAdjust="spacingAndGlyphs"`
    : "";

/** One line of terminal output as spans. */
function spans(line) {
  let [column, result, style] = [0, "", PLAIN];
  for (const [, codes, text = ""] of line.matchAll(PARTS)) {
    if (codes !== undefined) style = codes.split(";").map(Number).reduce(styled, style);
    if (text.trim()) {
      const { fill, bold, dim, underline } = style;
      const weight = `${bold ? ' font-weight="bold"' : ""}${underline ? ' text-decoration="underline"' : ""}`;
      const x = (16 + column * 8.4).toFixed(1);
      result += `<tspan x="${x}" fill="${dim ? "#7d8590" : fill}"${weight}${fitted(text)}>${escaped(text)}</tspan>`;
    }
    column += [...text].length;
  }
  return result;
}

function picture(frames) {
  const height = 28 + 19 * Math.max(...frames.map((frame) => frame.trimEnd().split("\n").length));
  const width = Math.ceil(32 + COLUMNS * 8.4);
  const total = frames.length * SECONDS_A_FRAME;
  const share = 100 / frames.length;
  const groups = frames.map((frame, index) => {
    const lines = frame
      .trimEnd()
      .split("\n")
      .map((line, row) => {
        const content = spans(line);
        return content && `<text y="${(28 + row * 19).toFixed(0)}">${content}</text>`;
      });
    return `<g class="frame" style="animation-delay:${(index - frames.length) * SECONDS_A_FRAME}s">\n${lines.filter(Boolean).join("\n")}\n</g>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img" aria-label="The dashboard while TinyTalks is trained">
<style>
text { font: 14px ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace; white-space: pre }
.frame { opacity: 0; animation: show ${total}s step-end infinite }
@keyframes show { 0% { opacity: 1 } ${share.toFixed(3)}% { opacity: 0 } }
@media (prefers-reduced-motion: reduce) { .frame { animation: none } .frame:last-of-type { opacity: 1 } }
</style>
<rect width="100%" height="100%" rx="8" fill="#0d1117"/>
${groups.join("\n")}
</svg>
`;
}

const frames = await record();
const file = new URL("../docs/dashboard.svg", import.meta.url);
writeFileSync(file, picture(frames));
process.stdout.write(`docs/dashboard.svg: ${frames.length} frames\n`);
