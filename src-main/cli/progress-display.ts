/**
 * @file Progress on standard error: one line that is rewritten on a terminal, a plain line now and then elsewhere, with
 * the rate and the time left.
 */

import type { GenerateProgress } from "../contract/studio.ts";

export interface ProgressStream {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

export interface ProgressDisplay {
  show(progress: GenerateProgress): void;
  /** Leaves the terminal's cursor at the beginning of an empty line. */
  end(): void;
}

const TERMINAL_INTERVAL_MS = 100;
const PLAIN_INTERVAL_MS = 2000;
const DEFAULT_COLUMNS = 80;

type Step = Extract<GenerateProgress, { kind: "step" }>;

/** @param now a clock in milliseconds */
export function createProgressDisplay(
  stream: ProgressStream,
  now: () => number = () => performance.now(),
): ProgressDisplay {
  const isTerminal = stream.isTTY === true;
  const pace = createPace(now);
  let shownAt = -Infinity;
  let shownStage = "";
  let hasLine = false;

  const clear = (): void => {
    if (hasLine) stream.write("\r\u001b[2K");
    hasLine = false;
  };
  const sayLine = (text: string): void => {
    clear();
    stream.write(`${text}\n`);
  };

  function showStep(step: Step): void {
    pace.note(step);
    const stage = `${step.number} ${step.stage}`;
    const isDue = now() - shownAt >= (isTerminal ? TERMINAL_INTERVAL_MS : PLAIN_INTERVAL_MS);
    const isLast = step.stage === "denoise" && step.step === step.steps;
    // A terminal may be redrawn at any time; lines in a log should each tell something new.
    if (!isDue && !(isTerminal ? stage !== shownStage || isLast : isLast)) return;
    shownAt = now();
    shownStage = stage;
    const text = describeStep(step, pace);
    if (!isTerminal) {
      sayLine(text);
      return;
    }
    stream.write(`\r\u001b[2K${text.slice(0, (stream.columns ?? DEFAULT_COLUMNS) - 1)}`);
    hasLine = true;
  }

  return {
    show(progress) {
      if (progress.kind === "step") showStep(progress);
      else if (progress.kind === "notice") sayLine(progress.text);
      else {
        const { image, number, count } = progress;
        pace.finished();
        const took = formatSeconds(image.timings.totalMs);
        sayLine(`${placeOf(number, count)}${image.width}x${image.height}, seed ${image.seed}: ${image.id} in ${took}`);
      }
    },
    end: clear,
  };
}

function describeStep(step: Step, pace: Pace): string {
  const { stage, steps, number, count } = step;
  if (stage !== "denoise") return `${placeOf(number, count)}${stage}`;
  const rate = pace.stepMs();
  const left = pace.leftMs(step);
  const parts = [
    `${stage} ${step.step}/${steps}`,
    ...(rate === undefined
      ? []
      : [rate >= 1000 ? `${(rate / 1000).toFixed(2)} s a step` : `${(1000 / rate).toFixed(1)} steps/s`]),
    ...(left === undefined ? [] : [`${formatSeconds(left)} left`]),
  ];
  return placeOf(number, count) + parts.join(", ");
}

function placeOf(number: number, count: number): string {
  return count === 1 ? "" : `[${number}/${count}] `;
}

interface Pace {
  note(step: Step): void;
  finished(): void;
  stepMs(): number | undefined;
  leftMs(step: Step): number | undefined;
}

/**
 * Time left goes by passes through the transformer, since steps differ in cost. What later pictures will take is what the
 * finished ones took, or else this one's denoising alone: decoding and saving are short against it.
 */
function createPace(now: () => number): Pace {
  let pictureAt = now();
  let denoiseAt: number | undefined;
  let current = 0;
  let stepTimes: number[] = [];
  const pictureMs: number[] = [];
  const share = ({ step, steps, passes, passesTotal }: Step): number =>
    passes !== undefined && passesTotal !== undefined && passesTotal > 0 ? passes / passesTotal : step / steps;
  return {
    note(step) {
      if (step.number !== current) {
        current = step.number;
        pictureAt = now();
        denoiseAt = undefined;
        stepTimes = [];
      }
      if (step.stage !== "denoise") return;
      denoiseAt ??= now() - step.stepMs;
      if (step.stepMs > 0) stepTimes.push(step.stepMs);
    },
    finished: () => void pictureMs.push(now() - pictureAt),
    stepMs: () => (stepTimes.length === 0 ? undefined : mean(stepTimes.slice(-5))),
    leftMs(step) {
      const done = share(step);
      if (denoiseAt === undefined || done <= 0) return undefined;
      const wholeMs = (now() - denoiseAt) / done;
      const later = step.count - step.number;
      return wholeMs * (1 - done) + later * (pictureMs.length > 0 ? mean(pictureMs) : wholeMs);
    },
  };
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Milliseconds, in words of at most two units. */
export function formatSeconds(durationMs: number): string {
  const seconds = durationMs / 1000;
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  const minutes = Math.floor(whole / 60);
  return minutes < 60 ? `${minutes} min ${whole % 60} s` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
