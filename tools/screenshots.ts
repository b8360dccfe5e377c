import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { FakeSystem, SYSTEM } from "../__tests__/local/fake-system";
import { parseOptions } from "../commands/cli/options";
import { PROJECT_FOLDER } from "../commands/cli/project";
import { runCommand } from "../commands/cli/run-command";
import { close, listen, serverUrl } from "../commands/cli/server";
import { serveConsole } from "../commands/local-system/console/console-server";
import { launchChromium } from "./chromium";

const FOLDER = join("docs", "console");
/** A fixed time, so that the same page gives the same picture. */
const NOW = Date.parse("2026-01-31T14:05:00.123Z");
const QUALITY = 0.85;
const WIDE = { width: 1400, height: 860 };

/** A state of the page that is worth a picture. */
interface Shot {
  readonly name: string;
  readonly options: BrowserContextOptions;
  readonly show: (page: Page) => Promise<void>;
}

async function openFailedRequest(page: Page): Promise<void> {
  await page.locator("#runs .row", { hasText: "500" }).first().click();
  await page.locator(".here").first().waitFor();
}

const SHOTS: readonly Shot[] = [
  {
    name: "failed-request",
    options: { viewport: WIDE, colorScheme: "light" },
    show: openFailedRequest,
  },
  {
    name: "scheduled-run",
    options: { viewport: WIDE, colorScheme: "dark" },
    show: async (page) => {
      await page.locator("#runs .row", { hasText: "failed" }).click();
      await page.locator(".part", { hasText: "Timings" }).scrollIntoViewIfNeeded();
    },
  },
  {
    name: "log-and-metrics",
    options: { viewport: WIDE, colorScheme: "light" },
    show: async (page) => {
      await page.getByRole("figure").last().scrollIntoViewIfNeeded();
    },
  },
  {
    name: "phone",
    options: { viewport: { width: 420, height: 860 }, colorScheme: "dark" },
    show: openFailedRequest,
  },
];

/** `npm run screenshots`: takes the pictures of the console that docs/local.md shows, with made-up data. */
async function main(args: string[]): Promise<number> {
  parseOptions(args, {});
  const server = await listen(0, "");
  serveConsole(server, exampleSystem());
  const browser = await launchChromium();
  mkdirSync(join(PROJECT_FOLDER, FOLDER), { recursive: true });
  for (const shot of SHOTS) {
    const picture = await take(browser, serverUrl(server), shot);
    const path = join(FOLDER, `${shot.name}.webp`);
    writeFileSync(join(PROJECT_FOLDER, path), picture);
    console.log(`${path} has ${Math.round(picture.length / 1000)} kB`);
  }
  await browser.close();
  await close(server);
  return 0;
}

/** Makes an hour of requests, with failures in its last minutes. */
function exampleSystem(): FakeSystem {
  const system = new FakeSystem(() => NOW);
  const paths = ["/orders", "/customers?page=2", "/orders/1042"];
  for (let index = 0; index < 60; index += 1) {
    const time = NOW - (60 - index) * 50_000 - 600_000;
    const method = ["POST", "GET", "PUT"][index % 3];
    const status = index % 17 === 3 ? 404 : 200;
    system.addRequest(paths[index % 3] ?? "/", status, { time, method, milliseconds: 12 + ((index * 37) % 90) });
  }
  system.addExamples();
  system.setState({
    alarms: SYSTEM.alarms.map((alarm) => {
      if (alarm.unit === "%") return { ...alarm, value: 42.857, breachingPeriods: 1 };
      return alarm.threshold === 0 && alarm.value === 0
        ? { ...alarm, value: 1, breachingPeriods: 1, state: "ALARM" as const }
        : alarm;
    }),
  });
  return system;
}

async function take(browser: Browser, url: string, { options, show }: Shot): Promise<Buffer> {
  const page = await browser.newPage({ ...options, timezoneId: "UTC", reducedMotion: "reduce" });
  await page.clock.setFixedTime(NOW);
  await page.goto(url);
  await page.locator("#runs .row").first().waitFor();
  await page.getByRole("figure").last().waitFor();
  await show(page);
  const picture = await compress(page, await page.screenshot());
  await page.close();
  return picture;
}

/** Makes a PNG smaller: the browser's own encoder for WebP needs a third of it. */
async function compress(page: Page, png: Buffer): Promise<Buffer> {
  await page.goto("about:blank");
  const encoded = await page.evaluate<string>(`(async () => {
    const image = new Image();
    image.src = "data:image/png;base64,${png.toString("base64")}";
    await image.decode();
    const canvas = Object.assign(document.createElement("canvas"), { width: image.width, height: image.height });
    canvas.getContext("2d").drawImage(image, 0, 0);
    return canvas.toDataURL("image/webp", ${QUALITY}).split(",")[1];
  })()`);
  return Buffer.from(encoded, "base64");
}

runCommand(main);
