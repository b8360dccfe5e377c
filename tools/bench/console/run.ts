// Measures the console's page with 5,000 runs in Chromium: the time to its first paint, its longest frames during scrolling
// and searching, and the growth of its memory. The bars of the times are delays that a person notices.

import { serveConsole } from "@local/aws-on-this-machine/console/console-server";
import { launchChromium } from "@local/aws-on-this-machine/testing/chromium";
import { close, listen, serverUrl } from "@local/command-line/server";
import type { Page } from "playwright-core";
import { FakeSystem } from "../../../packages/aws-on-this-machine/__tests__/local/fake-system";
import { compare, compareToLimit, progress, type Row } from "../measure";

const RUNS = 5000;
const ROUNDS = 5;
const EVENTS = 20_000;
/** Runs that come within a frame or two. */
const BURST = 100;
const FRAME_MS = 50;
const FIRST_PAINT_MS = 300;

export async function measureConsole(): Promise<Row[]> {
  progress(`the console with ${RUNS} runs`);
  const system = new FakeSystem();
  addRuns(system, RUNS);
  const server = await listen(0, "");
  serveConsole(server, system);
  const browser = await launchChromium();
  const openPage = async () => {
    const page = await browser.newPage({ viewport: { width: 1400, height: 900 } });
    await page.goto(serverUrl(server));
    await page.getByText("5\u202f000 runs", { exact: true }).waitFor();
    return page;
  };
  try {
    const paints = await inRounds(openPage, firstPaint);
    const scrolled = await inRounds(openPage, (page) => longestFrame(page, SCROLL));
    const searched = await inRounds(openPage, (page) => longestFrame(page, SEARCH));
    const [full, later] = await memory(await openPage(), system);
    const frames = { unit: "ms", baselineName: "a noticeable halt", bar: 1 };
    return [
      {
        name: "the console's first paint",
        unit: "ms",
        ...compareToLimit(FIRST_PAINT_MS, paints),
        baselineName: "an unnoticeable delay",
        bar: 1,
      },
      { name: `its longest frame, scrolling ${RUNS} runs`, ...frames, ...compareToLimit(FRAME_MS, scrolled) },
      { name: `its longest frame, searching ${RUNS} runs`, ...frames, ...compareToLimit(FRAME_MS, searched) },
      {
        name: `its page's memory after ${EVENTS} more events`,
        unit: "MiB",
        ...compare([later], [full], Number),
        baselineName: `with ${RUNS} runs`,
        bar: 1.2,
      },
    ];
  } finally {
    await browser.close();
    await close(server);
  }
}

function addRuns(system: FakeSystem, count: number): void {
  for (let index = 0; index < count; index += 1) system.addRequest(`/orders/${index}`, index % 20 ? 200 : 500);
}

/** The first page warms up the browser. */
async function inRounds(openPage: () => Promise<Page>, measure: (page: Page) => Promise<number>): Promise<number[]> {
  const results: number[] = [];
  for (let round = 0; round <= ROUNDS; round += 1) {
    const page = await openPage();
    const result = await measure(page);
    if (round > 0) results.push(result);
    await page.close();
  }
  return results;
}

function firstPaint(page: Page): Promise<number> {
  return page.evaluate(() => performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? Number.NaN);
}

/** Scrolls by a part of the list in each frame, down and up again. */
const SCROLL = `(frame) => {
  const list = document.querySelector("#runs");
  list.scrollTop += frame < 60 ? 700 : -700;
  return frame < 120;
}`;

/** Types characters, one in every fifth frame, and deletes them again. */
const SEARCH = `(frame) => {
  const search = document.querySelector("#search");
  const words = "orders 500 44";
  const length = Math.floor(frame / 5);
  search.value = words.slice(0, length <= words.length ? length : Math.max(0, 2 * words.length - length));
  search.dispatchEvent(new InputEvent("input", { bubbles: true }));
  return length < 2 * words.length;
}`;

/**
 * Measures in milliseconds.
 *
 * @param work the action of each frame, until it returns false
 */
function longestFrame(page: Page, work: string): Promise<number> {
  return page.evaluate(`new Promise((done) => {
    const work = ${work};
    let longest = 0;
    let frame = 0;
    let before;
    const next = (now) => {
      if (before !== undefined) longest = Math.max(longest, now - before);
      before = now;
      if (work(frame++)) requestAnimationFrame(next);
      else done(longest);
    };
    requestAnimationFrame(next);
  })`);
}

/** Measures in MiB. */
async function memory(page: Page, system: FakeSystem): Promise<[full: number, later: number]> {
  const session = await page.context().newCDPSession(page);
  const used = async () => {
    await session.send("HeapProfiler.collectGarbage");
    const { usedSize } = await session.send("Runtime.getHeapUsage");
    return usedSize / 1024 / 1024;
  };
  // Fills both lists. They stay full from then on.
  await addInBursts(page, system, RUNS / 2);
  const full = await used();
  await addInBursts(page, system, EVENTS);
  return [full, await used()];
}

async function addInBursts(page: Page, system: FakeSystem, count: number): Promise<void> {
  for (let added = 0; added < count; added += BURST) {
    addRuns(system, BURST - 1);
    system.addRequest(`/burst/${added}`);
    await page.locator("#runs .row").first().getByText(`/burst/${added}`).waitFor();
    // The fake system must not grow, because only the page is measured.
    for (const old of [...system.kept.keys()].slice(0, -RUNS)) system.kept.delete(old);
    system.lines.splice(0, system.lines.length - RUNS);
  }
}
