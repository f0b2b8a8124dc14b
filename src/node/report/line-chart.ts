import { scaleLinear, scaleLog } from "d3-scale";
import { line } from "d3-shape";
import { largest } from "../../base/index.ts";

export interface ChartSeries {
  readonly label: string;
  /** A CSS color that reads on light and on dark. */
  readonly color: string;
  readonly points: readonly (readonly [x: number, y: number])[];
}

export interface ChartOptions {
  readonly title: string;
  readonly xLabel: string;
  readonly yLabel: string;
  readonly series: readonly ChartSeries[];
  /** The highest y. @default the highest of all points */
  readonly yMax?: number;
  /** How x grows; of `log`, every x is above 0. @default "linear", from 0 on */
  readonly xScale?: "linear" | "log";
  /** An x to point at, with what to say there. */
  readonly mark?: { readonly x: number; readonly label: string } | undefined;
  /** The lowest y, or "fit": from what there is, without a cliff at the beginning. @default 0 */
  readonly yMin?: 0 | "fit";
}

const [WIDTH, HEIGHT] = [720, 360];
const MARGIN = { top: 48, right: 24, bottom: 48, left: 64 } as const;

/** A line chart as SVG, for light and dark pages. What is outside of it is cut off. */
export function lineChart(options: ChartOptions): string {
  const { title, xLabel, yLabel, series, yMax, yMin = 0, mark } = options;
  const points = series.flatMap((each) => each.points);
  const [lowest, highest] = yMin === "fit" ? fitted(points) : [0, yMax ?? largest(points.map(([, y]) => y))];
  const x = xAxis(
    points.map(([at]) => at),
    options.xScale,
  );
  const y = scaleLinear([lowest, highest || 1], [HEIGHT - MARGIN.bottom, MARGIN.top]).nice(5);
  const path = line<readonly [number, number]>(
    (point) => round(x(point[0])),
    (point) => round(y(yMax === undefined ? point[1] : Math.min(yMax, point[1]))),
  );
  const format = (value: number): string => value.toLocaleString("en-US", { maximumSignificantDigits: 6 });
  const rows = y.ticks(5).map((tick) => {
    const at = round(y(tick));
    const rule = `<line x1="${MARGIN.left}" x2="${WIDTH - MARGIN.right}" y1="${at}" y2="${at}" class="rule"/>`;
    return `${rule}<text x="${MARGIN.left - 8}" y="${at + 4}" text-anchor="end">${format(tick)}</text>`;
  });
  const columns = x.ticks.map((tick) => {
    const at = round(x(tick));
    return `<text x="${at}" y="${HEIGHT - MARGIN.bottom + 20}" text-anchor="middle">${x.format(tick)}</text>`;
  });
  const lines = series.map(
    ({ color, points: each }) =>
      `<path d="${path(each) ?? ""}" fill="none" stroke="${color}" stroke-width="2" stroke-linejoin="round" clip-path="url(#plot)"/>`,
  );
  let legendAt = WIDTH - MARGIN.right;
  const legend = [...series].reverse().map(({ label, color }) => {
    const text = `<text x="${legendAt}" y="28" text-anchor="end" style="fill:${color}">${escaped(label)}</text>`;
    legendAt -= label.length * 7.5 + 24;
    return text;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${escaped(title)}">
<style>
text { font: 13px system-ui, sans-serif; fill: #57606a } .title { font-size: 16px; font-weight: 600; fill: #24292f } .rule { stroke: #8b949e44 }
@media (prefers-color-scheme: dark) { text { fill: #8b949e } .title { fill: #e6edf3 } }
</style>
<clipPath id="plot"><rect x="${MARGIN.left}" y="${MARGIN.top - 2}" width="${WIDTH - MARGIN.left - MARGIN.right}" height="${HEIGHT - MARGIN.top - MARGIN.bottom + 4}"/></clipPath>
<text class="title" x="${MARGIN.left}" y="28">${escaped(title)}</text>
${legend.join("\n")}
${rows.join("\n")}
${columns.join("\n")}
<text x="${(MARGIN.left + WIDTH - MARGIN.right) / 2}" y="${HEIGHT - 8}" text-anchor="middle">${escaped(xLabel)}</text>
<text transform="translate(16 ${HEIGHT / 2}) rotate(-90)" text-anchor="middle">${escaped(yLabel)}</text>
${lines.join("\n")}${mark ? `\n${pointer(round(x(mark.x)), mark.label)}` : ""}
</svg>
`;
}

/** Places of x, its ticks and how they are written. */
type XAxis = ((x: number) => number) & {
  readonly ticks: readonly number[];
  readonly format: (tick: number) => string;
};

function xAxis(values: readonly number[], kind: ChartOptions["xScale"] = "linear"): XAxis {
  const range = [MARGIN.left, WIDTH - MARGIN.right];
  if (kind === "linear") {
    const scale = scaleLinear([0, Math.max(1, largest(values))], range);
    return Object.assign((x: number) => scale(x), {
      ticks: scale.ticks(6),
      format: (tick: number) => tick.toLocaleString("en-US"),
    });
  }
  const lowest = -largest(values.map((value) => -value));
  const scale = scaleLog([lowest, largest(values)], range);
  return Object.assign((x: number) => scale(x), {
    ticks: scale.ticks().filter((tick) => Number.isInteger(Math.round(1e6 * Math.log10(tick)) / 1e6)),
    format: (tick: number) => (tick >= 0.001 && tick <= 1000 ? String(tick) : tick.toExponential(0)),
  });
}

/** A line from the top to the bottom at x, and a text beside it. */
function pointer(x: number, label: string): string {
  const [side, anchor] = x > WIDTH / 2 ? [-8, "end"] : [8, "start"];
  return (
    `<line x1="${x}" x2="${x}" y1="${MARGIN.top}" y2="${HEIGHT - MARGIN.bottom}" stroke="#2da44e" stroke-width="1.5" stroke-dasharray="4 3"/>` +
    `<text x="${x + side}" y="${MARGIN.top + 12}" text-anchor="${anchor}" style="fill:#2da44e">${escaped(label)}</text>`
  );
}

/** Share of the way along x whose y may be so large that the rest would not show. */
const CLIFF = 0.03;

function fitted(points: ChartSeries["points"]): [low: number, high: number] {
  const last = largest(points.map(([x]) => x));
  const late = points.filter(([x]) => x >= CLIFF * last);
  const values = (late.length > 1 ? late : points).map(([, y]) => y);
  const [low, high] = [-largest(values.map((y) => -y)), largest(values)];
  return high > low ? [low, high] : [0, 1];
}

const round = (value: number): number => Math.round(value * 10) / 10;

const escaped = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
