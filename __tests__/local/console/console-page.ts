import type { Server } from "node:http";
import type { Browser, BrowserContextOptions, Locator, Page } from "playwright-core";
import { close, listen, serverUrl } from "../../../commands/cli/server";
import { serveConsole } from "../../../commands/local-system/console/console-server";
import { describeInBrowser, launchChromium } from "../chromium";
import { FakeSystem } from "../fake-system";

/** The console's page in a browser, with a fake system behind it. */
export class ConsolePage {
  system!: FakeSystem;
  server!: Server;
  page!: Page;
  /** What the browser complains of. A test that expects something takes it away. */
  problems: string[] = [];
  private origins = new Set<string>();
  private browser!: Browser;

  get url(): string {
    return serverUrl(this.server);
  }

  /** The list of the runs; its rows are those in sight. */
  get runs(): Locator {
    return this.page.getByRole("listbox", { name: /^Requests and scheduled runs/ });
  }

  get rows(): Locator {
    return this.runs.getByRole("option");
  }

  /** The place of the open run, or of what is to be sent. */
  get pane(): Locator {
    return this.page.locator(".pane");
  }

  /** A part of the page below the runs. */
  panel(name: string): Locator {
    return this.page.getByRole("region", { name: new RegExp(`^${name}`) });
  }

  row(text: string): Locator {
    return this.rows.filter({ hasText: text });
  }

  /** Presses a button, wherever it is. */
  press(name: string, within: Page | Locator = this.page): Promise<void> {
    return within.getByRole("button", { name, exact: true }).click();
  }

  /** What a button copied. */
  async copied(name: string): Promise<string> {
    await this.press(name);
    await this.page.getByText(/^Copied/).waitFor();
    return this.page.evaluate<string>("navigator.clipboard.readText()");
  }

  /** The page anew, for instance in another size; the system stays. */
  async open(hash = "", options: BrowserContextOptions = {}): Promise<void> {
    await this.page?.context().close();
    const context = await this.browser.newContext({ viewport: { width: 1400, height: 900 }, ...options });
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
    await this.page.goto(this.url + hash);
    await this.page.getByText("live", { exact: true }).waitFor();
  }

  /** Starts a new system, with the examples. */
  async start(browser: Browser): Promise<void> {
    this.browser = browser;
    this.system = new FakeSystem();
    this.problems = [];
    this.origins = new Set();
    this.server = await listen(0, "");
    serveConsole(this.server, this.system);
    this.system.addExamples();
  }

  /** Ends it; nothing came from elsewhere, and the browser did not complain. */
  async end(): Promise<void> {
    await this.page.context().close();
    const { url, problems, origins } = this;
    await close(this.server);
    expect(problems).toEqual([]);
    expect([...origins]).toEqual([url]);
  }
}

/** `describe`, where the machine has a browser: each test gets the page, opened, with a system that has the examples. */
export function describeConsole(name: string, tests: (view: ConsolePage) => void): void {
  describeInBrowser(name, () => {
    const view = new ConsolePage();
    let browser: Browser;

    beforeAll(async () => {
      browser = await launchChromium();
    });
    afterAll(() => browser?.close());

    beforeEach(async () => {
      await view.start(browser);
      await view.open();
    });
    afterEach(() => view.end());

    tests(view);
  });
}
