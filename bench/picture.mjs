/** A chart of lines on logarithmic axes, as SVG. */
import { scaleLog } from "d3-scale";

const COLORS = ["#2f81f7", "#1f3a93", "#3fb950", "#d29922", "#db6d28", "#a371f7", "#8b949e", "#57606a"];
const [WIDTH, HEIGHT, LEFT, BOTTOM, LEGEND] = [820, 430, 76, 50, 260];

/**
 * @param series `[name, [[x, y], ...], { dashed }]` each.
 * @param labels `title`, `x`, and `y`, the unit that follows its numbers.
 */
export function lineChart(series, { title, x: xLabel, y: unit }) {
  const points = series.flatMap(([, list]) => list);
  const [xs, ys] = [points.map(([x]) => x), points.map(([, y]) => y)];
  const right = WIDTH - LEGEND;
  const x = scaleLog([Math.min(...xs) / 1.2, Math.max(...xs) * 1.2], [LEFT, right]);
  const y = scaleLog([Math.min(...ys) / 1.6, Math.max(...ys) * 1.6], [HEIGHT - BOTTOM, 24]);
  const rounded = (value) => value.toFixed(1);
  const lines = series.map(([name, list, { dashed = false } = {}], index) => {
    const path = [...list].sort((a, b) => a[0] - b[0]).map(([px, py]) => [rounded(x(px)), rounded(y(py))]);
    const dots = dashed ? "" : path.map(([cx, cy]) => `<circle cx="${cx}" cy="${cy}" r="3.5"/>`).join("");
    const style = dashed ? ' stroke-dasharray="5 4"' : "";
    const color = COLORS[index % COLORS.length];
    return `<g stroke="${color}" fill="${color}"><polyline points="${path.join(" ")}" fill="none" stroke-width="2"${style}/>${dots}<text x="${right + 16}" y="${40 + 22 * index}" stroke="none">${name}</text></g>`;
  });
  const grid = [
    ...ticksOf(y).map(
      (tick) =>
        `<line x1="${LEFT}" x2="${right}" y1="${rounded(y(tick))}" y2="${rounded(y(tick))}"/><text x="${LEFT - 8}" y="${rounded(y(tick) + 4)}" text-anchor="end" stroke="none">${tick.toLocaleString("en-US")} ${unit}</text>`,
    ),
    ...ticksOf(x).map(
      (tick) =>
        `<line x1="${rounded(x(tick))}" x2="${rounded(x(tick))}" y1="24" y2="${HEIGHT - BOTTOM}"/><text x="${rounded(x(tick))}" y="${HEIGHT - BOTTOM + 18}" text-anchor="middle" stroke="none">${tick.toLocaleString("en-US")}</text>`,
    ),
  ];
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="12" role="img">
<title>${title}</title>
<rect width="100%" height="100%" fill="#ffffff"/>
<g stroke="#d0d7de" fill="#57606a">${grid.join("")}</g>
<text x="${(right + LEFT) / 2}" y="${HEIGHT - 12}" text-anchor="middle" fill="#57606a">${xLabel}</text>
${lines.join("\n")}
</svg>
`;
}

/** Powers of ten, or of two where those are few. */
function ticksOf(scale) {
  const [least, most] = scale.domain();
  const powers = (base) =>
    Array.from({ length: 64 }, (_, i) => base ** (i - 20)).filter((tick) => tick >= least && tick <= most);
  const tens = powers(10);
  return tens.length >= 2 ? tens : powers(2);
}
