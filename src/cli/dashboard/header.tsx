import { Box, Text } from "ink";
import type { ReactNode } from "react";
import { count, duration, figure } from "../terminal.ts";
import type { ShowState } from "./show.ts";

/** ` 100%  12,345 steps/s  loss 0.123  12:34 min left` */
const LABEL_WIDTH = 50;

/** Which run this is, how far it is, and how fast. */
export function Header({ state, width }: { state: ShowState; width: number }): ReactNode {
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
          ? `  ${stepSpeed(progress.stepsPerSecond)}  loss ${figure(progress.loss)}  ${left}`
          : "  starting"}
      </Text>
    </Box>
  );
}

/** Large models do less than ten steps a second: then the tenths matter. */
const stepSpeed = (stepsPerSecond: number): string =>
  `${stepsPerSecond < 9.95 ? stepsPerSecond.toFixed(1) : count(Math.round(stepsPerSecond))} steps/s`;

/** What tells of a training on text whether it goes well, while it goes. */
export function Vitals({ state }: { state: ShowState }): ReactNode {
  const { progress, start } = state;
  if (!progress)
    return <Text dimColor>{start?.tokens ? `${count(start.tokens)} tokens to learn from` : " "}</Text>;
  return (
    <Text wrap="truncate">
      {count(Math.round(progress.tokensPerSecond))}
      <Text dimColor>{" tokens/s   learning rate "}</Text>
      {progress.rate.toPrecision(3)}
      <Text dimColor>{"   gradient norm "}</Text>
      {progress.norm.toPrecision(3)}
    </Text>
  );
}
