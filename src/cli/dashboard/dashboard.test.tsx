import { render } from "ink-testing-library";
import { describe, expect, it } from "vitest";
import type { GradedAnswer } from "../../evaluate/index.ts";
import type { RunEvent } from "../../workspace/index.ts";
import { changedPart } from "./answers.tsx";
import { brailleCurve } from "./braille.ts";
import { Dashboard } from "./dashboard.tsx";
import { layOut, layOutText } from "./layout.ts";
import { type Pace, paceOf, showLeft, stepsAFrame } from "./pace.ts";
import { Show } from "./show.ts";

const answer = (text: string, verdict: GradedAnswer["verdict"]): GradedAnswer => ({
  question: "What is the sky",
  target: "The sky is blue",
  answer: text,
  verdict,
});

function checkpoint(step: number, text: string, verdict: GradedAnswer["verdict"]): RunEvent {
  const answers = [answer(text, verdict)];
  const examination = { exam: answers, all: answers, unseen: answers, loss: 4 / (step + 1) };
  return { type: "checkpoint", step, seconds: step, loss: examination.loss, examination, best: true };
}

const progress = (step: number): RunEvent => ({
  type: "progress",
  ...{
    step,
    loss: 4 / (step + 1),
    rate: 0.1,
    norm: 1,
    stepsPerSecond: 1234,
    tokensPerSecond: 9,
    seconds: step,
    secondsLeft: 2,
  },
});

const script: readonly RunEvent[] = [
  {
    type: "start",
    ...{ parameters: 6224, vocabulary: 51, rows: 2, pairs: 1, device: "wasm", threads: 1, step: 0, steps: 4 },
    memory: { parameters: 24_896, gradients: 24_896, optimizer: 49_792, activations: 100_000 },
  },
  checkpoint(0, "xrj kw", "wrong"),
  ...[progress(1), progress(2)],
  checkpoint(2, "The sky is bluu", "close"),
  ...[progress(3), progress(4)],
  checkpoint(4, "The sky is blue", "perfect"),
  { type: "end", reason: "steps", step: 4, seconds: 4, bestStep: 4 },
];

/** A show of the script that tells how many events were taken from it. */
function makeShow(pace: Pace) {
  const abort = new AbortController();
  let taken = 0;
  async function* events(): AsyncGenerator<RunEvent, void> {
    for (const event of script) {
      if (abort.signal.aborted) break;
      taken++;
      yield event;
    }
  }
  return {
    show: new Show({ run: "tinytalks", events: events(), pace, steps: 4, checkpointSteps: 2, abort }),
    abort,
    taken: () => taken,
  };
}

const soon = (condition: () => boolean): Promise<void> =>
  new Promise((resolve, reject) => {
    const started = performance.now();
    const timer = setInterval(() => {
      if (condition()) resolve();
      else if (performance.now() - started > 5000) reject(new Error("it did not happen"));
      else return;
      clearInterval(timer);
    }, 5);
  });

describe("the dashboard", () => {
  it("shows run, speed, curve, and each checkpoint's answers beside those before", async () => {
    const { show } = makeShow({ seconds: undefined, hold: 0 });
    const { frames, lastFrame } = render(<Dashboard show={show} />);
    expect(await show.play()).toBe("ended");
    await soon(() => lastFrame()?.includes("Checkpoint 2") ?? false);
    expect(frames.some((frame) => frame.includes("xrj kw"))).toBe(true);
    const last = lastFrame() ?? "";
    for (const part of [
      ...["tinytalks", "6,224 parameters on wasm", "step 4 of 4", "1,234 steps/s", "loss 0.800", "100%"],
      ...[
        "Checkpoint 2",
        "exam 1 of 1",
        "all pairs 1 of 1",
        "unseen 1 of 1",
        "✔",
        "The sky is bluu",
        "4.0 ┤⠉⠒⠢⠤⢄⣀",
      ],
    ]) {
      expect(last).toContain(part);
    }
  });

  it("waits at a checkpoint until Enter, and goes on by itself after its time", async () => {
    const { show, taken } = makeShow({ seconds: undefined, hold: -1 });
    const { stdin, lastFrame } = render(<Dashboard show={show} />);
    const played = show.play();
    await soon(() => lastFrame()?.includes("waiting for Enter") ?? false);
    expect(taken()).toBe(2);
    stdin.write("\r");
    await soon(() => taken() === 5);
    stdin.write("\r");
    expect(await played).toBe("ended");
    const timed = makeShow({ seconds: undefined, hold: 0.05 });
    expect(await timed.show.play()).toBe("ended");
  });

  it("pauses on space and goes on at the next", async () => {
    const { show, taken } = makeShow({ seconds: 2, hold: 0 });
    const { stdin, lastFrame } = render(<Dashboard show={show} />);
    const played = show.play();
    await soon(() => taken() === 3);
    stdin.write(" ");
    await soon(() => lastFrame()?.includes("paused") ?? false);
    const paused = taken();
    await new Promise((resolve) => setTimeout(resolve, 700));
    expect(taken()).toBe(paused);
    stdin.write(" ");
    expect(await played).toBe("ended");
  });

  it("stops the training on q, whatever it is waiting for", async () => {
    const { show, abort, taken } = makeShow({ seconds: undefined, hold: -1 });
    const { stdin } = render(<Dashboard show={show} />);
    const played = show.play();
    await soon(() => taken() === 2);
    stdin.write("q");
    expect(await played).toBe("ended");
    expect(abort.signal.aborted).toBe(true);
    expect(show.exitCode).toBeUndefined();
  });

  it("takes keys that come together one by one", async () => {
    const { show, taken } = makeShow({ seconds: undefined, hold: -1 });
    const { stdin } = render(<Dashboard show={show} />);
    const played = show.play();
    await soon(() => taken() === 2);
    stdin.write("  xQq");
    expect(await played).toBe("ended");
    expect(show.snapshot()).toMatchObject({ paused: false, stopping: true });
  });

  it("leaves for a chat on c, with the training paused, and comes back", async () => {
    const { show, taken } = makeShow({ seconds: undefined, hold: -1 });
    const { stdin } = render(<Dashboard show={show} />);
    const played = show.play();
    await soon(() => taken() === 2);
    stdin.write("c");
    expect(await played).toBe("chat");
    expect(show.snapshot().checkpoint?.step).toBe(0);
    const again = show.play();
    show.goOn();
    await soon(() => taken() === 5);
    show.goOn();
    expect(await again).toBe("ended");
  });

  it("takes as long as its pace says", async () => {
    const { show } = makeShow({ seconds: 0.4, hold: 0 });
    const started = performance.now();
    await show.play();
    expect(performance.now() - started).toBeGreaterThan(300);
  });
});

describe("the layout", () => {
  it("is never taller than the screen, and never without an answer", () => {
    for (const asked of [0, 1, 8, 60]) {
      for (let rows = 10; rows < 60; rows++) {
        const { chart, answers } = layOut(rows, asked);
        const table = asked === 0 ? 0 : 3 + answers + (answers < asked ? 1 : 0);
        expect(2 + (chart > 0 ? chart + 3 : 0) + table + 2, `${asked} in ${rows}`).toBeLessThan(rows);
        expect(answers).toBe(Math.max(Math.min(asked, 1), answers));
      }
    }
    expect(layOut(24, 8)).toEqual({ chart: 5, answers: 8 });
    expect(layOut(50, 8)).toEqual({ chart: 7, answers: 8 });
  });

  it("of text is never taller than the screen, and gives what there is to chart and samples", () => {
    for (const made of [0, 1, 3, 9]) {
      for (let rows = 12; rows < 80; rows++) {
        const { chart, samples, lines } = layOutText(rows, made, 1);
        const heights = [2, 1, chart > 0 ? chart + 3 : 0, 3, made > 0 ? 1 : 0, samples * (1 + lines), 2];
        expect(
          heights.reduce((sum, height) => sum + height, 0),
          `${made} in ${rows}`,
        ).toBeLessThan(rows);
        expect(samples).toBeLessThanOrEqual(made);
      }
    }
    expect(layOutText(24, 3)).toEqual({ chart: 3, samples: 3, lines: 2 });
    expect(layOutText(40, 3, 1)).toEqual({ chart: 10, samples: 3, lines: 4 });
    expect(layOutText(20, 3)).toEqual({ chart: 4, samples: 1, lines: 3 });
    expect(layOutText(16, 3)).toEqual({ chart: 0, samples: 3, lines: 1 });
  });
});

describe("a show of a long training", () => {
  it("keeps a bounded curve, and does not slow down", async () => {
    const abort = new AbortController();
    async function* events(): AsyncGenerator<RunEvent, void> {
      for (let step = 1; step <= 50_000; step++) yield progress(step);
    }
    const show = new Show({
      run: "x",
      events: events(),
      pace: { seconds: undefined, hold: 0 },
      steps: 50_000,
      checkpointSteps: 50_000,
      abort,
    });
    await show.play();
    const { losses } = show.snapshot();
    expect(losses.length).toBeLessThanOrEqual(2000);
    expect(losses.at(-1)).toEqual([50_000, expect.any(Number)]);
  });
});

describe("paces", () => {
  it("are the ancestor's: 5, 10 and 15 minutes, and one that waits", () => {
    expect(paceOf({ pace: "fast" }, true)).toEqual({ seconds: 300, hold: 5 });
    expect(paceOf({ pace: "class" }, true)).toEqual({ seconds: 600, hold: 5 });
    expect(paceOf({ pace: "full" }, true)).toEqual({ seconds: 900, hold: 5 });
    expect(paceOf({ pace: "interactive" }, true)).toEqual({ seconds: 900, hold: -1 });
  });

  it("never wait for a key that nobody can press", () => {
    expect(paceOf({}, false)).toEqual({ seconds: undefined, hold: 0 });
    expect(paceOf({ pace: "interactive" }, false).hold).toBe(0);
    expect(paceOf({ autoContinue: -1 }, false).hold).toBe(0);
    expect(paceOf({ autoContinue: -1 }, true).hold).toBe(-1);
  });

  it("tell how long the show still takes, with its stays at checkpoints", () => {
    const plan = { steps: 100, checkpointSteps: 25, trainingLeft: 1 };
    expect(showLeft({ seconds: undefined, hold: 0 }, 50, plan)).toBe(1);
    expect(showLeft({ seconds: 60, hold: 5 }, 0, plan)).toBe(60 + 3 * 5);
    expect(showLeft({ seconds: 60, hold: 5 }, 50, plan)).toBe(30 + 5);
    expect(showLeft({ seconds: 60, hold: 5 }, 100, plan)).toBe(1);
    expect(showLeft({ seconds: 60, hold: -1 }, 50, plan)).toBe(30);
  });

  it("show about ten frames a second", () => {
    expect(stepsAFrame(10_000, { seconds: 100, hold: 0 })).toBe(10);
    expect(stepsAFrame(10, { seconds: 100, hold: 0 })).toBe(1);
    expect(stepsAFrame(10_000, { seconds: undefined, hold: 0 })).toBeUndefined();
  });
});

describe("changedPart", () => {
  it.each([
    ["The sk is", "The sky is", ["The sk", "y", " is"]],
    ["same", "same", ["same", "", ""]],
    ["", "new", ["", "new", ""]],
    ["abc", "", ["", "", ""]],
    ["aaa", "aaaa", ["aaa", "a", ""]],
  ])("from %j to %j", (before, now, parts) => {
    expect(changedPart(before, now)).toEqual(parts);
  });
});

describe("brailleCurve", () => {
  it("draws from corner to corner", () => {
    expect(
      brailleCurve(
        [
          [0, 1],
          [1, 0],
        ],
        4,
        2,
      ),
    ).toEqual(["⠑⢄  ", "  ⠑⢄"]);
    expect(
      brailleCurve(
        [
          [0, 0],
          [1, 0],
        ],
        3,
        1,
      ),
    ).toEqual(["⣀⣀⣀"]);
  });

  it("keeps what lies outside at the border, and draws nothing for nothing", () => {
    const [inside, outside] = [
      [
        [0, 1],
        [1, 0],
      ],
      [
        [-3, 5],
        [2, -5],
      ],
    ] as const;
    expect(brailleCurve(outside, 4, 2)).toEqual(brailleCurve(inside, 4, 2));
    expect(brailleCurve([], 2, 1)).toEqual(["  "]);
  });
});
