/**
 * @file Scrolling through a whole library in the page: how long its frames take, and how much of the document there is.
 *
 * node test/bench/gallery.bench.ts [--pictures 100000] [--pixels 3000]
 *
 * The page over its made-up studio in Chromium. Three ways: from top to bottom at so many pixels a frame, which fetches
 * all of it; the same at the pace of somebody who looks; and jumps to random places, as the scroll bar makes them.
 */

import { parseArgs } from "node:util";
import { openDemo } from "../e2e/demo-page.ts";

const { values } = parseArgs({
  options: { pictures: { type: "string", default: "100000" }, pixels: { type: "string", default: "3000" } },
});
const LONGEST_MS = 50;

interface Passage {
  /** Milliseconds from one frame to the next. */
  readonly frames: readonly number[];
  /** Milliseconds of each task of the main thread that took 50 or more. */
  readonly longTasks: readonly number[];
  readonly mostElements: number;
  readonly reached: number;
}

/** Runs in the page. @param step pixels a frame; 0 for jumps @param frames after which it ends; 0 for the bottom */
async function scroll({ step, frames: limit }: { step: number; frames: number }): Promise<Passage> {
  const scroller = document.querySelector(".scroller") as HTMLElement;
  const frames: number[] = [];
  const longTasks: number[] = [];
  let mostElements = 0;
  const observer = new PerformanceObserver((list) =>
    longTasks.push(...list.getEntries().map(({ duration }) => duration)),
  );
  observer.observe({ type: "longtask" });
  scroller.scrollTop = 0;
  await new Promise((resolve) => setTimeout(resolve, 500));
  let last = await new Promise<number>(requestAnimationFrame);
  for (let count = 0; limit === 0 || count < limit; count++) {
    const before = scroller.scrollTop;
    if (step === 0) scroller.scrollTop = Math.random() * scroller.scrollHeight;
    else scroller.scrollTop += step;
    const now = await new Promise<number>(requestAnimationFrame);
    frames.push(now - last);
    last = now;
    mostElements = Math.max(mostElements, document.querySelectorAll("*").length);
    if (step > 0 && scroller.scrollTop === before) break;
  }
  await new Promise((resolve) => setTimeout(resolve, 300));
  longTasks.push(...observer.takeRecords().map(({ duration }) => duration));
  observer.disconnect();
  return { frames, longTasks, mostElements, reached: scroller.scrollTop + scroller.clientHeight };
}

function row(title: string, { frames, longTasks, mostElements, reached }: Passage): string {
  const sorted = frames.toSorted((a, b) => a - b);
  const at = (share: number): string =>
    (sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0).toFixed(1);
  const long = longTasks.length === 0 ? "none" : `${longTasks.length}, longest ${Math.max(...longTasks).toFixed(0)} ms`;
  return [
    title.padEnd(34),
    `${frames.length} frames`.padEnd(12),
    `p50 ${at(0.5)}`.padEnd(9),
    `p95 ${at(0.95)}`.padEnd(9),
    `p99 ${at(0.99)}`.padEnd(9),
    `max ${at(1)} ms`.padEnd(13),
    `tasks over ${LONGEST_MS} ms: ${long}`.padEnd(38),
    `${mostElements} elements, ${Math.round(reached)} px`,
  ].join(" ");
}

await using demo = await openDemo();
const { page } = await demo.open({ query: `pictures=${values.pictures}` });
page.setDefaultTimeout(0);
await page.keyboard.press("Control+2");
await page.getByRole("option").first().waitFor();
console.log(`${values.pictures} pictures`);
console.log(
  row("all of it, fetched on the way", await page.evaluate(scroll, { step: Number(values.pixels), frames: 0 })),
);
console.log(row("all of it once more", await page.evaluate(scroll, { step: Number(values.pixels), frames: 0 })));
console.log(row("at a reader's pace, 600 frames", await page.evaluate(scroll, { step: 120, frames: 600 })));
console.log(row("jumps, 200 of them", await page.evaluate(scroll, { step: 0, frames: 200 })));
