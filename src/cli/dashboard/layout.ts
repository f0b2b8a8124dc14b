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
/** Vitals are a line, measures two with a gap before them. */
const [VITALS, MEASURES] = [1, 3];
/** A prompt and two lines of text. */
const LEAST_SAMPLE = 3;

/**
 * The same where there are samples: each gets two lines of text, then the chart grows, then the samples do. On a low screen
 * there are fewer samples, and at last no chart.
 *
 * @param headings Lines above the samples.
 */
export function layOutText(rows: number, samples: number, headings = 0): TextLayout {
  const room = rows - 1 - HEADER - KEYS - VITALS - MEASURES - (samples > 0 ? headings : 0);
  const besideChart = Math.floor((room - AXES - LOWEST_CHART) / LEAST_SAMPLE);
  const wanted = besideChart >= 1 ? Math.min(samples, besideChart) : 0;
  const left = room - AXES - LEAST_SAMPLE * wanted;
  const hasChart = left >= LOWEST_CHART && (wanted > 0 || samples === 0);
  const chart = hasChart ? Math.min(TALLEST_TEXT_CHART, Math.floor((left + LOWEST_CHART) / 2)) : 0;
  const below = room - (hasChart ? chart + AXES : 0);
  const shown = hasChart ? wanted : Math.max(0, Math.min(samples, Math.floor(below / 2)));
  return {
    chart,
    samples: shown,
    lines: shown > 0 ? Math.min(MOST_LINES, Math.floor(below / shown) - 1) : 0,
  };
}
