import type { Server } from "node:http";
import { close, listen, serverUrl } from "@local/command-line/server";
import type { Browser, Locator, Page } from "playwright-core";
import { serveConsole } from "../../../console/console-server";
import { describeInBrowser, launchChromium } from "../chromium";
import { FakeSystem } from "../fake-system";

/** The ids of example runs: failed, refused, with a cold start, and scheduled. */
export const FAILED = "JKJfMhVbPHcEPqA=";
export const REFUSED = "JKJdZiW5PHcEMjQ=";
export const COLD = "JKJaXmPLvHcESHA=";
export const SCHEDULED = "53dc4d37-cffa-4f76-80c9-8b7d4a4d2eaa";

export const WIDE = { width: 1400, height: 900 };

/**
 * The console's page in a browser, with a fake system behind it. To load the page takes more than a second of CPU, so a
 * test that goes on from the tests before it keeps the page and the system.
 */
export class ConsolePage {
  system!: FakeSystem;
  server!: Server;
  page!: Page;
  /** The browser's complaints. */
  private problems: string[] = [];
  private origins = new Set<string>();
  private browser!: Browser;
  /** Whether a test can go on with the page: not after a test that has failed. */
  private isUsable = false;

  get url(): string {
    return serverUrl(this.server);
  }

  /** The list of the runs; its rows are those in sight. */
  get runs(): Locator {
    return this.page.getByRole("listbox", { name: /^Requests and other runs/ });
  }

  get rows(): Locator {
    return this.runs.getByRole("option");
  }

  /** The place of the open run, or of what is to be sent. */
  get pane(): Locator {
    return this.page.locator(".pane");
  }

  get status(): Locator {
    return this.page.getByRole("status");
  }

  /** A part of the page below the runs. */
  panel(name: string): Locator {
    return this.page.getByRole("region", { name: new RegExp(`^${name}`) });
  }

  /** A part of the open run's details. */
  part(title: string): Locator {
    return this.pane.locator("section", { has: this.page.getByRole("heading", { name: new RegExp(`^${title}`) }) });
  }

  row(text: string): Locator {
    return this.rows.filter({ hasText: text });
  }

  field(label: string): Locator {
    return this.pane.getByLabel(new RegExp(`^${label}`));
  }

  search(what: "runs" | "log"): Locator {
    return this.page.getByRole("searchbox", { name: `Search the ${what}` });
  }

  /** Waits for a text. */
  see(text: string | RegExp, within: Page | Locator = this.page): Promise<void> {
    return within.getByText(text).first().waitFor();
  }

  /** Waits until a text is away. */
  lose(text: string | RegExp, within: Page | Locator = this.page): Promise<void> {
    return within.getByText(text).first().waitFor({ state: "detached" });
  }

  heading(name: string): Promise<void> {
    return this.pane.getByRole("heading", { name, exact: true }).waitFor();
  }

  /** Presses a button, wherever it is. */
  press(name: string, within: Page | Locator = this.page): Promise<void> {
    return within.getByRole("button", { name, exact: true }).click();
  }

  isFocused(place: Locator): Promise<boolean> {
    return place.evaluate((element) => element.matches(":focus"));
  }

  /** The text that a button copied. */
  async copied(name: string): Promise<string> {
    await this.press(name);
    await this.see(/^Copied/);
    return this.page.evaluate<string>("navigator.clipboard.readText()");
  }

  async openRun(id: string): Promise<void> {
    await this.page.goto(`${this.url}/#run=${encodeURIComponent(id)}`);
    await this.pane.getByRole("button", { name: "Replay", exact: true }).waitFor();
    await this.see(id, this.pane);
  }

  /** Sends the draft, and waits for the run. */
  async sendReplay(): Promise<void> {
    await this.press("Send", this.pane);
    await this.see("replay of", this.pane);
  }

  /** The browser complains of this test's answers, as it does of each status from 400 on. */
  expectProblems(pattern: RegExp): void {
    this.problems = this.problems.filter((problem) => !pattern.test(problem));
  }

  /** Loads the page anew; the system stays. */
  async open(hash = ""): Promise<void> {
    await this.page.goto("about:blank");
    await this.page.goto(`${this.url}/${hash}`);
    await this.page.getByText("live", { exact: true }).waitFor();
  }

  /** A test with a new page and a new system, which has the examples. */
  anew(name: string, run: () => Promise<void>): void {
    test(name, async () => {
      this.isUsable = false;
      await this.start();
      await this.runTest(run);
    });
  }

  /** A test that may find the runs of the tests before it. It closes what it opens, but for a run. */
  goOn(name: string, run: () => Promise<void>): void {
    test(name, async () => {
      if (!this.isUsable) await this.start();
      this.isUsable = false;
      await this.page.evaluate("location.hash = ''");
      for (const calls of [this.system.sent, this.system.replayed, this.system.invoked, this.system.fired])
        calls.length = 0;
      await this.runTest(run);
    });
  }

  async launch(): Promise<void> {
    this.browser = await launchChromium();
    const context = await this.browser.newContext({ timezoneId: "Asia/Kolkata", viewport: WIDE });
    await context.grantPermissions(["clipboard-read", "clipboard-write"]);
    this.page = await context.newPage();
    // Cores that others keep busy make the shortest answer take seconds.
    this.page.setDefaultTimeout(60_000);
    this.page.on("console", (message) => {
      if (message.type() === "error" || message.type() === "warning") this.problems.push(message.text());
    });
    this.page.on("pageerror", (error) => this.problems.push(error.message));
    this.page.on("dialog", (dialog) => {
      this.problems.push(`dialog: ${dialog.message()}`);
      dialog.dismiss();
    });
    this.page.on("request", (request) => this.origins.add(new URL(request.url()).origin));
  }

  async quit(): Promise<void> {
    await this.browser?.close();
    if (this.server) await close(this.server);
  }

  private async start(): Promise<void> {
    const before = this.server;
    this.system = new FakeSystem();
    this.system.addExamples();
    this.server = await listen(0, "");
    serveConsole(this.server, this.system);
    await this.page.unrouteAll();
    await this.open();
    if (before) await close(before);
    [this.problems, this.origins] = [[], new Set([this.url])];
  }

  /** Each request goes to this system, and the browser complains of none. */
  private async runTest(run: () => Promise<void>): Promise<void> {
    await run();
    expect(this.problems).toEqual([]);
    expect([...this.origins]).toEqual([this.url]);
    this.isUsable = true;
  }
}

/** `describe`, where the machine has a browser. */
export function describeConsole(name: string, tests: (view: ConsolePage) => void): void {
  describeInBrowser(name, () => {
    const view = new ConsolePage();
    beforeAll(() => view.launch());
    afterAll(() => view.quit());
    tests(view);
  });
}
