const [TALLEST_CHART, LOWEST_CHART] = [7, 3];
/** Lines of the parts that are always there; the chart's axes. */
const [HEADER, KEYS, AXES] = [2, 2, 3];

/**
 * How tall the chart is and how many answers are shown, so that all fits on the screen: on more than a screen a terminal
 * cannot be drawn again in place.
 */
export function layOut(rows: number, asked: number): { chart: number; answers: number } {
  const headings = 3;
  const room = rows - 1 - HEADER - KEYS;
  const answers = headings + asked <= room ? asked : Math.max(1, room - headings - 1);
  const more = answers < asked ? 1 : 0;
  const left = room - (asked > 0 ? headings + answers + more : 0) - AXES;
  return { chart: left >= LOWEST_CHART ? Math.min(TALLEST_CHART, left) : 0, answers };
}

/** Of a training on text. */
export interface TextLayout {
  readonly chart: number;
  readonly samples: number;
  /** Lines of each sample, below its prompt. */
  readonly lines: number;
}

const [TALLEST_TEXT_CHART, MOST_LINES] = [12, 6];
/** Vitals are a line, measures two with a gap before them, and samples have a gap before them too. */
const [VITALS, MEASURES, GAP] = [1, 3, 1];

/** The same where there are samples: each gets two lines of text, then the chart grows, then the samples do. */
export function layOutText(rows: number, samples: number): TextLayout {
  const room = rows - 1 - HEADER - KEYS - VITALS - MEASURES - GAP;
  if (samples === 0) return { chart: chartIn(room), samples: 0, lines: 0 };
  const chart = chartIn(room - 3 * samples);
  const left = room - (chart > 0 ? chart + AXES : 0);
  const shown = Math.max(0, Math.min(samples, Math.floor(left / 2)));
  const lines = shown === 0 ? 0 : Math.min(MOST_LINES, Math.floor(left / shown) - 1);
  return { chart, samples: shown, lines };
}

/** As tall as there is room for, and where that is little, as low as it may be. */
function chartIn(room: number): number {
  const left = room - AXES;
  return left >= LOWEST_CHART ? Math.min(TALLEST_TEXT_CHART, Math.floor((left + LOWEST_CHART) / 2)) : 0;
}
