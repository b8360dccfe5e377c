// Measures the console's page with 5,000 runs in Chromium: the time to its first paint, its longest frames while
// somebody scrolls and searches, and the growth of its memory. The bars are times that a person notices, not ratios.
import { FakeSystem } from "../../dist/__tests__/local/fake-system.js";
import { close, listen, serverUrl } from "../../dist/commands/cli/server.js";
import { serveConsole } from "../../dist/commands/local-system/console/console-server.js";
import { launchChromium } from "../../dist/tools/chromium.js";
import { compare, compareToLimit, progress } from "../measure.mjs";

/** @typedef {import("../measure.mjs").Row} Row */
/** @typedef {import("playwright-core").Page} Page */

const RUNS = 5000;
const ROUNDS = 5;
const EVENTS = 20_000;
/** Runs that come within a frame or two. */
const BURST = 100;
const FRAME_MS = 50;
const FIRST_PAINT_MS = 300;

/** @returns {Promise<Row[]>} */
export async function measureConsole() {
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
    const frames = { unit: "ms", baselineName: "what is felt as a halt", bar: 1 };
    return [
      {
        name: "the console's first paint",
        unit: "ms",
        ...compareToLimit(FIRST_PAINT_MS, paints),
        baselineName: "what is felt as at once",
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

/**
 * @param {FakeSystem} system
 * @param {number} count
 */
function addRuns(system, count) {
  for (let index = 0; index < count; index += 1) system.addRequest(`/orders/${index}`, index % 20 ? 200 : 500);
}

/**
 * The first page warms up the browser.
 *
 * @param {() => Promise<Page>} openPage
 * @param {(page: Page) => Promise<number>} measure
 */
async function inRounds(openPage, measure) {
  const results = [];
  for (let round = 0; round <= ROUNDS; round += 1) {
    const page = await openPage();
    const result = await measure(page);
    if (round > 0) results.push(result);
    await page.close();
  }
  return results;
}

/** @param {Page} page */
function firstPaint(page) {
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
 * @param {Page} page
 * @param {string} work the action of each frame, until it returns false
 * @returns {Promise<number>} in milliseconds
 */
function longestFrame(page, work) {
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

/**
 * @param {Page} page
 * @param {FakeSystem} system
 * @returns {Promise<[full: number, later: number]>} in MiB
 */
async function memory(page, system) {
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

/**
 * @param {Page} page
 * @param {FakeSystem} system
 * @param {number} count
 */
async function addInBursts(page, system, count) {
  for (let added = 0; added < count; added += BURST) {
    addRuns(system, BURST - 1);
    system.addRequest(`/burst/${added}`);
    await page.locator("#runs .row").first().getByText(`/burst/${added}`).waitFor();
    // The fake system must not grow, because only the page is measured.
    for (const old of [...system.kept.keys()].slice(0, -RUNS)) system.kept.delete(old);
    system.lines.splice(0, system.lines.length - RUNS);
  }
}
