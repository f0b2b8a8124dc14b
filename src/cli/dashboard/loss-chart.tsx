import { Box, Text } from "ink";
import type { ReactNode } from "react";
import { largest } from "../../base/index.ts";
import { count } from "../terminal.ts";
import { brailleCurve } from "./braille.ts";
import type { LossPoint, ShowState } from "./show.ts";

interface ChartProps {
  readonly state: ShowState;
  readonly width: number;
  readonly height: number;
}

/** A braille character without dots. */
const EMPTY = 0x2800;
/** Share of the steps done whose fall is too steep to see the rest beside it. */
const CLIFF = 0.1;

/** The loss by step: of pairs the training's from 0 on, of text with that of what it has not seen, as close as they come. */
export function LossChart({ state, width, height }: ChartProps): ReactNode {
  const { losses, validations, firstLoss, start } = state;
  const steps = start?.steps ?? 1;
  const columns = Math.max(1, width - 8);
  const isText = validations.length > 0;
  const training = isText || firstLoss === undefined ? losses : [[0, firstLoss] as const, ...losses];
  const [low, high] = isText
    ? lossRange([...training, ...validations])
    : [0, Math.max(0.1, largest(training.map(([, loss]) => loss)))];
  const curve = (points: readonly LossPoint[]): string[] =>
    brailleCurve(
      points.map(([step, loss]) => [step / steps, (loss - low) / (high - low)] as const),
      columns,
      height,
    );
  const unseen = curve(validations);
  const lines = curve(training).map((line, row) => overlaid(line, unseen[row] ?? ""));
  const figures = isText ? [high.toFixed(2), low.toFixed(2)] : [high.toFixed(1), "0"];
  const label = (row: number): string =>
    (row === 0 ? figures[0] : row === height - 1 ? figures[1] : "") ?? "";
  return (
    <Box flexDirection="column" marginTop={1}>
      {lines.map((line, row) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a row of a picture is its place
        <Text key={row}>
          <Text dimColor>{`${label(row).padStart(5)} ┤`}</Text>
          {line.map(({ text, above }, run) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: so is a part of it
            <Text key={run} color={above ? "yellow" : "cyan"}>
              {text}
            </Text>
          ))}
        </Text>
      ))}
      <Text dimColor>{`      └${"─".repeat(columns)}`}</Text>
      <Box justifyContent="space-between" paddingLeft={7}>
        {isText ? (
          <Text>
            <Text dimColor>{"loss by step: "}</Text>
            <Text color="cyan">training</Text>
            <Text dimColor>, </Text>
            <Text color="yellow">validation</Text>
          </Text>
        ) : (
          <Text dimColor>loss by step</Text>
        )}
        <Text dimColor>{count(steps)}</Text>
      </Box>
    </Box>
  );
}

/** The losses between which a curve shows most: without the cliff at its beginning, which is drawn at the border. */
export function lossRange(points: readonly LossPoint[]): [low: number, high: number] {
  if (points.length === 0) return [0, 1];
  const last = largest(points.map(([step]) => step));
  const late = points.filter(([step]) => step >= CLIFF * last);
  const shown = late.length > 1 ? late : points;
  const losses = shown.map(([, loss]) => loss);
  const [low, high] = [-largest(losses.map((loss) => -loss)), largest(losses)];
  const least = 0.02 * Math.max(0.1, high);
  return high - low >= least ? [low, high] : [low, low + least];
}

/** Two rows of a picture in one, in parts of one color each: where they meet, that of the one above. */
export function overlaid(below: string, above: string): { text: string; above: boolean }[] {
  const parts: { text: string; above: boolean }[] = [];
  for (const [at, under] of Array.from(below).entries()) {
    const over = above[at] ?? " ";
    const isAbove = over !== " ";
    const text = isAbove ? String.fromCharCode(dots(under) | dots(over) | EMPTY) : under;
    const last = parts.at(-1);
    if (last && last.above === isAbove) last.text += text;
    else parts.push({ text, above: isAbove });
  }
  return parts;
}

const dots = (character: string): number => (character === " " ? 0 : character.charCodeAt(0) - EMPTY);
