import { Box, Text } from "ink";
import type { ReactNode } from "react";
import type { Sample } from "../../evaluate/index.ts";
import { count, figure, harmless, oneLine } from "../terminal.ts";
import type { ShowState } from "./show.ts";
import { wrapText } from "./wrap-text.ts";

/** Columns from which on two texts stand side by side. */
const WIDE = 100;

/** Whether samples stand beside those before, under headings. */
export const areBeside = ({ checkpointBefore }: ShowState, width: number): boolean =>
  width >= WIDE && checkpointBefore?.validation !== undefined;

const GAP = 2;

/** How well the last checkpoint predicts what it has not seen. */
export function Measures({ state }: { state: ShowState }): ReactNode {
  const { checkpoint: now, checkpointBefore: before, best, checkpointNumber } = state;
  if (!now?.validation) return null;
  const { bitsPerByte, perplexity } = now.validation;
  return (
    <Box flexDirection="column" marginTop={1}>
      <Text wrap="truncate">
        <Text bold>{`Checkpoint ${checkpointNumber}`}</Text>
        <Text dimColor>{` after ${count(now.step)} steps   bits per byte `}</Text>
        <Text bold>{bitsPerByte.toFixed(3)}</Text>
        <Text dimColor>{"   perplexity "}</Text>
        {figure(perplexity)}
      </Text>
      <Text wrap="truncate">
        <Text dimColor>{"validation loss  now "}</Text>
        <Text color={best?.step === now.step ? "green" : "yellow"}>{figure(now.loss)}</Text>
        {best ? (
          <>
            <Text dimColor>{"   best "}</Text>
            {figure(best.loss)}
            <Text dimColor>{` at step ${count(best.step)}`}</Text>
          </>
        ) : null}
        {before ? (
          <>
            <Text dimColor>{"   before "}</Text>
            {figure(before.loss)}
          </>
        ) : null}
      </Text>
    </Box>
  );
}

interface SamplesProps {
  readonly state: ShowState;
  readonly width: number;
  /** How many, and lines of each, without its prompt. */
  readonly most: number;
  readonly lines: number;
}

/** What the model goes on with: beside what it did before, where there is room. */
export function Samples({ state, width, most, lines }: SamplesProps): ReactNode {
  const now = state.checkpoint?.validation?.samples ?? [];
  const before = state.checkpointBefore?.validation?.samples ?? [];
  if (now.length === 0 || most === 0) return null;
  const beside = areBeside(state, width);
  const room = (beside ? half(width) : width) - 2 * GAP;
  const texts = [...now.slice(0, most), ...(beside ? before : [])].map(({ text }) => text);
  const height = Math.max(1, ...texts.map((text) => wrapText(text, room, lines).length));
  return (
    <Box flexDirection="column">
      {beside ? (
        <Box>
          <Box width={half(width)} paddingLeft={GAP}>
            <Text dimColor>before</Text>
          </Box>
          <Box paddingLeft={GAP}>
            <Text dimColor>now</Text>
          </Box>
        </Box>
      ) : null}
      {now.slice(0, most).map((sample, index) => (
        <Box key={sample.prompt} flexDirection="column">
          <Text wrap="truncate" color="cyan">{`▸ ${harmless(oneLine(sample.prompt))}`}</Text>
          {beside ? (
            <Box>
              <Continued sample={before[index]} width={half(width)} lines={height} dim />
              <Continued sample={sample} width={half(width)} lines={height} />
            </Box>
          ) : (
            <Continued sample={sample} width={width} lines={height} />
          )}
        </Box>
      ))}
    </Box>
  );
}

const half = (width: number): number => Math.floor(width / 2);

interface ContinuedProps {
  readonly sample: Sample | undefined;
  readonly width: number;
  readonly lines: number;
  readonly dim?: boolean;
}

/** As many lines as the longest text has, so that columns stay side by side. */
function Continued({ sample, width, lines, dim = false }: ContinuedProps): ReactNode {
  const wrapped = wrapText(sample?.text ?? "", width - 2 * GAP, lines);
  const padded = Array.from(
    { length: lines },
    (_, line) => wrapped[line] ?? (line === 0 ? "(nothing)" : " "),
  );
  return (
    <Box flexDirection="column" width={width} paddingLeft={GAP}>
      {padded.map((line, row) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a line is its place
        <Text key={row} dimColor={dim || wrapped.length === 0} wrap="truncate">
          {line}
        </Text>
      ))}
    </Box>
  );
}
