import { Box, Text, useInput, useStdout } from "ink";
import { type ReactNode, useSyncExternalStore } from "react";
import { largest } from "../../base/index.ts";
import { countPerfect, type GradedAnswer } from "../../evaluate/index.ts";
import { count, duration, EXIT, figure, oneLine, verdictStyle } from "../terminal.ts";
import { brailleCurve } from "./braille.ts";
import type { Show, ShowState } from "./show.ts";

const WIDEST = 120;
/** ` 100%  12,345 steps/s  loss 0.123  12:34 min left` */
const LABEL_WIDTH = 50;
const [TALLEST_CHART, LOWEST_CHART] = [7, 3];

/** The live picture of a training. */
export function Dashboard({ show }: { show: Show }): ReactNode {
  const state = useSyncExternalStore(show.subscribe, show.snapshot);
  const { stdout } = useStdout();
  const width = Math.min(WIDEST, (stdout.columns || 80) - 2);
  const { chart, answers } = layOut(stdout.rows || 100, state.checkpoint?.examination?.exam.length ?? 0);
  useInput((input, key) => {
    if (key.ctrl && input === "c") show.interrupt(EXIT.interrupted);
    else if (key.return) show.goOn();
    else for (const each of input) press(show, each); // keys that come quickly come together
  });
  return (
    <Box flexDirection="column" width={width}>
      <Header state={state} width={width} />
      {chart > 0 ? <LossChart state={state} width={width} height={chart} /> : null}
      <Answers state={state} width={width} most={answers} />
      <Keys state={state} />
    </Box>
  );
}

function press(show: Show, key: string): void {
  if (key === "\u0003") show.interrupt(EXIT.interrupted);
  else if (key === "q" || key === "Q") show.stop();
  else if (key === "c" || key === "C") show.wantChat();
  else if (key === " ") show.togglePause();
  else if (key === "\r" || key === "\n") show.goOn();
}

/**
 * How tall the chart is and how many answers are shown, so that all fits on the screen: on more than a screen a terminal
 * cannot be drawn again in place.
 */
export function layOut(rows: number, asked: number): { chart: number; answers: number } {
  const [header, keys, headings, axes] = [2, 2, 3, 3];
  const room = rows - 1 - header - keys;
  const answers = headings + asked <= room ? asked : Math.max(1, room - headings - 1);
  const more = answers < asked ? 1 : 0;
  const left = room - (asked > 0 ? headings + answers + more : 0) - axes;
  return { chart: left >= LOWEST_CHART ? Math.min(TALLEST_CHART, left) : 0, answers };
}

function Header({ state, width }: { state: ShowState; width: number }): ReactNode {
  const { start, progress, secondsLeft, run } = state;
  const steps = start?.steps ?? 0;
  const step = progress?.step ?? start?.step ?? 0;
  const share = steps > 0 ? step / steps : 0;
  const bar = Math.max(10, width - LABEL_WIDTH);
  const filled = Math.round(share * bar);
  const left = progress && step < steps ? `${duration(secondsLeft)} left` : "";
  return (
    <Box flexDirection="column">
      <Box justifyContent="space-between">
        <Text wrap="truncate">
          <Text bold color="cyan">
            {run}
          </Text>
          {start ? (
            <Text dimColor>{`  ${count(start.parameters)} parameters on ${start.device}`}</Text>
          ) : null}
        </Text>
        <Text>{`step ${count(step)} of ${count(steps)}`}</Text>
      </Box>
      <Text wrap="truncate">
        <Text color="cyan">{"━".repeat(filled)}</Text>
        <Text dimColor>{"─".repeat(bar - filled)}</Text>
        {` ${String(Math.floor(share * 100)).padStart(3)}%`}
        {progress
          ? `  ${count(Math.round(progress.stepsPerSecond))} steps/s  loss ${figure(progress.loss)}  ${left}`
          : "  starting"}
      </Text>
    </Box>
  );
}

function LossChart({ state, width, height }: { state: ShowState; width: number; height: number }): ReactNode {
  const { losses, firstLoss, start } = state;
  const points = [...(firstLoss === undefined ? [] : [[0, firstLoss] as const]), ...losses];
  const highest = Math.max(0.1, largest(points.map(([, loss]) => loss)));
  const steps = start?.steps ?? 1;
  const lines = brailleCurve(
    points.map(([step, loss]) => [step / steps, loss / highest] as const),
    Math.max(1, width - 8),
    height,
  );
  const label = (row: number): string => (row === 0 ? highest.toFixed(1) : row === height - 1 ? "0" : "");
  return (
    <Box flexDirection="column" marginTop={1}>
      {lines.map((line, row) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a row of a picture is its place
        <Text key={row}>
          <Text dimColor>{`${label(row).padStart(5)} ┤`}</Text>
          <Text color="cyan">{line}</Text>
        </Text>
      ))}
      <Text dimColor>{`      └${"─".repeat(Math.max(1, width - 8))}`}</Text>
      <Box justifyContent="space-between" paddingLeft={7}>
        <Text dimColor>loss by step</Text>
        <Text dimColor>{count(steps)}</Text>
      </Box>
    </Box>
  );
}

function Answers({ state, width, most }: { state: ShowState; width: number; most: number }): ReactNode {
  const { checkpoint: now, checkpointBefore: before, checkpointNumber } = state;
  if (!now?.examination) return null;
  const { exam, all, unseen } = now.examination;
  const shownAnswers = exam.slice(0, most);
  const questionWidth = Math.min(22, largest(exam.map(({ question }) => question.length)) + 2);
  const rest = Math.max(8, Math.floor((width - questionWidth - 3) / 3));
  const perfect = (answers: readonly GradedAnswer[]): string =>
    `${countPerfect(answers)} of ${answers.length}`;
  return (
    <Box flexDirection="column" marginTop={1}>
      <Text wrap="truncate">
        <Text bold>{`Checkpoint ${checkpointNumber}`}</Text>
        <Text dimColor>{` after ${count(now.step)} steps   exam `}</Text>
        <Text>{perfect(exam)}</Text>
        <Text dimColor>
          {all.length < (state.start?.pairs ?? 0) ? "   sample of pairs " : "   all pairs "}
        </Text>
        <Text>{perfect(all)}</Text>
        {unseen.length > 0 ? (
          <>
            <Text dimColor>{"   unseen "}</Text>
            <Text>{perfect(unseen)}</Text>
          </>
        ) : null}
      </Text>
      <Box>
        <Cell width={3} />
        <Cell width={questionWidth} dim text="question" />
        <Cell width={rest} dim text={before ? "before" : ""} />
        <Cell width={rest} dim text="now" />
        <Cell width={rest} dim text="wanted" />
      </Box>
      {shownAnswers.map((answer, index) => (
        <Box key={answer.question}>
          <Cell width={3}>
            <Text color={verdictStyle(answer.verdict).color}>{verdictStyle(answer.verdict).mark}</Text>
          </Cell>
          <Cell width={questionWidth} text={oneLine(answer.question)} />
          <Cell width={rest} dim text={oneLine(before?.examination?.exam[index]?.answer ?? "")} />
          <Cell width={rest}>
            <Changed answer={answer} before={before?.examination?.exam[index]?.answer} />
          </Cell>
          <Cell width={rest} dim text={oneLine(answer.target)} />
        </Box>
      ))}
      {exam.length > most ? <Text dimColor>{`   ... and ${exam.length - most} more`}</Text> : null}
    </Box>
  );
}

interface CellProps {
  readonly width: number;
  readonly text?: string;
  readonly dim?: boolean;
  readonly children?: ReactNode;
}

function Cell({ width, text, dim = false, children }: CellProps): ReactNode {
  return (
    <Box width={width} paddingRight={1}>
      {children ?? (
        <Text dimColor={dim} wrap="truncate">
          {text ?? ""}
        </Text>
      )}
    </Box>
  );
}

/** An answer in its verdict's color; what changed since the checkpoint before is bold and underlined. */
function Changed({
  answer: { answer, verdict },
  before,
}: {
  answer: GradedAnswer;
  before: string | undefined;
}): ReactNode {
  const { color } = verdictStyle(verdict);
  const [head, changed, tail] = changedPart(before ?? answer, answer);
  return (
    <Text color={color} wrap="truncate">
      {oneLine(head)}
      <Text bold underline>
        {oneLine(changed)}
      </Text>
      {oneLine(tail)}
    </Text>
  );
}

/** A text cut into what it begins with, what is new, and what it ends with, compared to another. */
export function changedPart(before: string, now: string): [head: string, changed: string, tail: string] {
  const shorter = Math.min(before.length, now.length);
  let head = 0;
  while (head < shorter && before[head] === now[head]) head++;
  let tail = 0;
  while (tail < shorter - head && before.at(-1 - tail) === now.at(-1 - tail)) tail++;
  return [now.slice(0, head), now.slice(head, now.length - tail), now.slice(now.length - tail)];
}

function Keys({ state }: { state: ShowState }): ReactNode {
  const { paused, holding, stopping, end } = state;
  if (end) return null;
  const note = stopping
    ? "stopping and saving..."
    : paused
      ? "paused"
      : holding === undefined
        ? ""
        : Number.isFinite(holding)
          ? `goes on in ${Math.ceil(holding)} s`
          : "waiting for Enter";
  return (
    <Box marginTop={1} justifyContent="space-between">
      <Text dimColor wrap="truncate">
        {"space pause   enter go on   c chat with it   q stop and save "}
      </Text>
      <Text color="yellow">{note}</Text>
    </Box>
  );
}
