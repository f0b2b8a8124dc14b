import { scaleLinear } from "d3-scale";
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
  /** The lowest y, or "fit": from what there is, without a cliff at the beginning. @default 0 */
  readonly yMin?: 0 | "fit";
}

const [WIDTH, HEIGHT] = [720, 360];
const MARGIN = { top: 48, right: 24, bottom: 48, left: 64 } as const;

/** A line chart as SVG, for light and dark pages. What is outside of it is cut off. */
export function lineChart({ title, xLabel, yLabel, series, yMax, yMin = 0 }: ChartOptions): string {
  const points = series.flatMap((each) => each.points);
  const [lowest, highest] = yMin === "fit" ? fitted(points) : [0, yMax ?? largest(points.map(([, y]) => y))];
  const x = scaleLinear(
    [0, Math.max(1, largest(points.map(([at]) => at)))],
    [MARGIN.left, WIDTH - MARGIN.right],
  );
  const y = scaleLinear([lowest, highest || 1], [HEIGHT - MARGIN.bottom, MARGIN.top]).nice(5);
  const path = line<readonly [number, number]>(
    (point) => round(x(point[0])),
    (point) => round(y(point[1])),
  );
  const format = (value: number): string => value.toLocaleString("en-US", { maximumSignificantDigits: 6 });
  const rows = y.ticks(5).map((tick) => {
    const at = round(y(tick));
    const rule = `<line x1="${MARGIN.left}" x2="${WIDTH - MARGIN.right}" y1="${at}" y2="${at}" class="rule"/>`;
    return `${rule}<text x="${MARGIN.left - 8}" y="${at + 4}" text-anchor="end">${format(tick)}</text>`;
  });
  const columns = x.ticks(6).map((tick) => {
    const at = round(x(tick));
    return `<text x="${at}" y="${HEIGHT - MARGIN.bottom + 20}" text-anchor="middle">${format(tick)}</text>`;
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
${lines.join("\n")}
</svg>
`;
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
