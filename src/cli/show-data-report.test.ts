import chalk from "chalk";
import { describe, expect, it } from "vitest";
import { DataStatistics } from "../data/index.ts";
import { showDataReport } from "./show-data-report.ts";

chalk.level = 0;

const talk = (line: number, ...texts: readonly string[]) => ({
  kind: "conversation" as const,
  file: "talks.jsonl",
  line,
  messages: texts.map((text, turn) => ({
    role: turn % 2 === 0 ? ("user" as const) : ("assistant" as const),
    text,
  })),
});

describe("a data report in the terminal", () => {
  it("says what there is, what would go, and shows some of it", async () => {
    const statistics = await DataStatistics.create({ nearDuplicates: false });
    statistics.add(talk(1, "Hello!", "Hello, [name]! It is good to see you at the harbour this morning."));
    statistics.add(talk(2, "What do parrots eat when they are hungry?", "Nuts and fruit."));
    statistics.add(talk(3, "What do parrots eat when they are hungry?", "nuts and fruit."));
    statistics.addProblem({ file: "talks.jsonl", line: 4, message: "This line is not JSON." });
    const text = showDataReport(statistics.report());
    expect(text).toContain("3 conversations, 6 messages\n");
    expect(text).toMatch(/\nconversation, turns +2 +2 +2 +2 +2 +2\.0\n/);
    expect(text).toContain("\nLanguages  English 100.0%\n");
    expect(text).toMatch(/\nfamily-friendly +- +0 +0\n/);
    expect(text).toMatch(/\nduplicates +\d+\.\d% +1 +0\n/);
    expect(text).toMatch(/\nplaceholders: a placeholder +talks\.jsonl:1\n +Hello! Hello, \[name\]!/);
    expect(text).toMatch(/\ntalks\.jsonl:1\n {2}user {7}Hello!\n {2}assistant {2}Hello, \[name\]!/);
    expect(text).toMatch(/1 problem: left out\n {2}talks\.jsonl:4 {2}This line is not JSON\.$/);
  });

  it("of nothing is short", async () => {
    const text = showDataReport((await DataStatistics.create()).report());
    expect(text).toMatch(/^There is nothing to learn from in it\./);
  });
});
