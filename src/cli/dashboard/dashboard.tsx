import { Box, useInput, useStdout } from "ink";
import { type ReactNode, useSyncExternalStore } from "react";
import { EXIT } from "../terminal.ts";
import { Answers } from "./answers.tsx";
import { Header, Vitals } from "./header.tsx";
import { Keys } from "./keys.tsx";
import { layOut, layOutText } from "./layout.ts";
import { LossChart } from "./loss-chart.tsx";
import { areBeside, Measures, Samples } from "./samples.tsx";
import type { Show, ShowState } from "./show.ts";

const WIDEST = 120;

/** The live picture of a training. */
export function Dashboard({ show }: { show: Show }): ReactNode {
  const state = useSyncExternalStore(show.subscribe, show.snapshot);
  const { stdout } = useStdout();
  const size = { width: Math.min(WIDEST, (stdout.columns || 80) - 2), rows: stdout.rows || 100 };
  useInput((input, key) => {
    if (key.ctrl && input === "c") show.interrupt(EXIT.interrupted);
    else if (key.return) show.goOn();
    else for (const each of input) press(show, each); // keys that come quickly come together
  });
  const Learning = state.start?.tokens === undefined ? PairLearning : TextLearning;
  return (
    <Box flexDirection="column" width={size.width}>
      <Header state={state} width={size.width} />
      <Learning state={state} {...size} />
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

interface LearningProps {
  readonly state: ShowState;
  readonly width: number;
  /** Of the screen. */
  readonly rows: number;
}

/** Questions, their answers, and how they become right. */
function PairLearning({ state, width, rows }: LearningProps): ReactNode {
  const { chart, answers } = layOut(rows, state.checkpoint?.examination?.exam.length ?? 0);
  return (
    <>
      {chart > 0 ? <LossChart state={state} width={width} height={chart} /> : null}
      <Answers state={state} width={width} most={answers} />
    </>
  );
}

/** Text and conversations: how well they are predicted, and what the model makes of them. */
function TextLearning({ state, width, rows }: LearningProps): ReactNode {
  const made = state.checkpoint?.validation?.samples.length ?? 0;
  const { chart, samples, lines } = layOutText(rows, made, areBeside(state, width) ? 1 : 0);
  return (
    <>
      <Vitals state={state} />
      {chart > 0 ? <LossChart state={state} width={width} height={chart} /> : null}
      <Measures state={state} />
      <Samples state={state} width={width} most={samples} lines={lines} />
    </>
  );
}
