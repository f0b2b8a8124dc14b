import { Box, Text } from "ink";
import type { ReactNode } from "react";
import { largest } from "../../base/index.ts";
import { countPerfect, type GradedAnswer } from "../../evaluate/index.ts";
import { count, oneLine, verdictStyle } from "../terminal.ts";
import type { ShowState } from "./show.ts";

/** The answers of the last checkpoint beside those before, where the data are pairs. */
export function Answers({
  state,
  width,
  most,
}: {
  state: ShowState;
  width: number;
  most: number;
}): ReactNode {
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
