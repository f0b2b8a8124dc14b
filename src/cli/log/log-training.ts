import type { SourceFacts, StoreData, TrainingData } from "../../train/index.ts";
import type { RunEvent } from "../../workspace/index.ts";
import { log } from "./log.ts";

/** Milliseconds between two lines of progress. */
const PROGRESS_MS = 10_000;

/** What was read, source by source. */
export function logData(data: TrainingData, seconds: number): void {
  const took = `opened in ${seconds.toFixed(2)} s`;
  if (data.kind === "pairs")
    log.info(`data: ${data.corpus.pairs.length} pairs, sha256 ${data.hash}, ${took}`);
  else logStore(data, took);
}

function logStore({ sources, tokenizer, tokens, packed, hash }: StoreData, took: string): void {
  logSources(sources ?? []);
  const { kind, size } = tokenizer;
  log.debug(
    `tokens: ${kind}, a vocabulary of ${size}, ${tokens} to train on, packed ${packed}, ${hash}, ${took}`,
  );
}

function logSources(sources: readonly SourceFacts[]): void {
  for (const { source, about, bytes, texts, conversations, tokens, filters = [] } of sources) {
    log.info(
      `data ${source}: ${about}, ${bytes} bytes, ${texts} texts, ${conversations} conversations, ${tokens} tokens`,
    );
    for (const { name, seen, dropped, cut } of filters)
      log.debug(`filter ${name} on ${source}: looked at ${seen}, left out ${dropped}, shortened ${cut}`);
  }
}

/** Writes a training's events down as they come. */
export function trainingLog(run: string): (event: RunEvent) => void {
  let last = 0;
  return (event) => {
    if (event.type === "progress") {
      if (Date.now() - last < PROGRESS_MS) return;
      last = Date.now();
      const { step, loss, rate, norm, tokensPerSecond, secondsLeft } = event;
      log.debug(
        `${run}: step ${step}, ${JSON.stringify({ loss, rate, norm, tokensPerSecond, secondsLeft })}`,
      );
    } else if (event.type === "start") {
      const { device, threads, parameters, step, steps, memory } = event;
      log.info(
        `${run}: device ${device}, ${threads} threads, ${parameters} parameters, steps ${step} to ${steps}`,
      );
      if (step > 0) logSources(event.sources ?? []); // a run that goes on opens its data by itself
      log.debug(`${run}: memory ${JSON.stringify(memory)}`);
    } else if (event.type === "checkpoint") {
      const { step, seconds, loss, best, validation } = event;
      const { bitsPerByte } = validation ?? {};
      const scores = JSON.stringify({ loss, bitsPerByte, best, seconds });
      log.info(`${run}: checkpoint at step ${step}, ${scores}`);
    } else {
      log.info(`${run}: ended (${event.reason}) at step ${event.step}, best ${event.bestStep}`);
    }
  };
}
