import { Counter, Gauge, Histogram, type Metric } from "./metric.ts";

/** Seconds. A tiny model's tokens take microseconds, a large one's tenths of seconds. */
const FIRST_TOKEN = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.5, 1, 2.5, 5, 10, 30];
const EACH_TOKEN = [0.0001, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1];
const REQUEST = [0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10, 60, 600];

/** What the server counts of itself; `render` is what `/metrics` answers. */
export class ServerMetrics {
  readonly requests: Counter = new Counter("parrotlet_requests_total", "Requests that were answered.");
  readonly seconds: Histogram = new Histogram(
    "parrotlet_request_seconds",
    "From a request's head to the end of its answer.",
    REQUEST,
  );
  readonly tokens: Counter = new Counter(
    "parrotlet_tokens_total",
    "Tokens that were read (prompt) and made (completion).",
  );
  readonly firstToken: Histogram = new Histogram(
    "parrotlet_first_token_seconds",
    "From a request to the first token of its reply.",
    FIRST_TOKEN,
  );
  readonly eachToken: Histogram = new Histogram(
    "parrotlet_token_seconds",
    "Between two tokens of a reply, its mean.",
    EACH_TOKEN,
  );
  /** Replies without a first token yet, replies that stream, requests that are not answered in full, models that are open. */
  waiting = 0;
  streams = 0;
  active = 0;
  openModels = 0;
  readonly #more: Metric[] = [];

  /** Counts something else too: a part of the server that is not known here. */
  add(metric: Metric): void {
    this.#more.push(metric);
  }

  render(): string {
    const gauges = [
      new Gauge("parrotlet_waiting", "Requests without a first token yet.", () => this.waiting),
      new Gauge("parrotlet_streams", "Streams that are open.", () => this.streams),
      new Gauge("parrotlet_active", "Requests that are being answered.", () => this.active),
      new Gauge("parrotlet_open_models", "Models that are held open.", () => this.openModels),
    ];
    const own = [this.requests, this.seconds, this.tokens, this.firstToken, this.eachToken];
    return `${[...own, ...gauges, ...this.#more].map((metric) => metric.render()).join("\n")}\n`;
  }
}
