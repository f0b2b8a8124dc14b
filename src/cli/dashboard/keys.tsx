import { Box, Text } from "ink";
import type { ReactNode } from "react";
import type { ShowState } from "./show.ts";

/** What can be pressed, and what is being waited for. */
export function Keys({ state }: { state: ShowState }): ReactNode {
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
