import { describeConsole } from "./console-page";

describeConsole("the console's function log", (view) => {
  const log = () => view.panel("Function log");
  const lines = () => log().getByRole("option");

  test("comes live, with what a JSON line says", async () => {
    await lines().first().waitFor();
    view.system.addLine({ message: "plain text" });
    await lines().last().getByText("plain text").waitFor();
    const fields = { orderId: 7, note: "a b" };
    view.system.addLine({
      level: "WARN",
      message: "slow",
      raw: JSON.stringify({ level: "WARN", message: "slow", ...fields }),
      fields,
    });
    await lines().last().getByText("slow orderId=7 note=a b").waitFor();
    expect(await lines().last().innerText()).toContain("WARN");
  });

  test("is searched, and shown from a level up", async () => {
    await lines().first().waitFor();
    view.system.addLine({ level: "DEBUG", message: "a detail" });
    view.system.addLine({ level: "WARN", message: "a warning" });
    view.system.addLine({ level: "ERROR", message: "an error" });
    await lines().last().getByText("an error").waitFor();
    await view.press("WARN up", log());
    await lines().filter({ hasText: "a detail" }).waitFor({ state: "detached" });
    await lines().filter({ hasText: "a warning" }).waitFor();
    await view.press("ERROR", log());
    await lines().filter({ hasText: "a warning" }).waitFor({ state: "detached" });
    await view.press("all", log());
    await view.page.getByRole("searchbox", { name: "Search the log" }).fill("A warn");
    await lines().filter({ hasText: "an error" }).waitFor({ state: "detached" });
    expect(await lines().count()).toBe(1);
    await view.page.getByRole("searchbox", { name: "Search the log" }).fill("nothing has this");
    await log().getByText("No line fits.").waitFor();
  });

  test("opens a line whole, and its run", async () => {
    await lines().filter({ hasText: "JKJfMhVbPHcEPqA=" }).click();
    await log().getByText('"apiRequestId": "JKJfMhVbPHcEPqA="').waitFor();
    await view.press("Open its run", log());
    await view.pane.getByText("lambda-src/table.py:49").waitFor();
  });

  test("keeps the newest lines in sight, unless somebody looks at older ones", async () => {
    for (let number = 0; number < 100; number += 1) view.system.addLine({ message: `line ${number}` });
    await lines().filter({ hasText: "line 99" }).waitFor();
    await log().getByRole("listbox").press("Home");
    const first = lines().first();
    await first.waitFor();
    const before = await first.innerText();
    view.system.addLine({ message: "another" });
    await log().getByText(`${view.system.lines.length} lines`).waitFor();
    expect(await lines().first().innerText()).toBe(before);
    expect(await lines().filter({ hasText: "another" }).count()).toBe(0);
  });

  test("has an error of loading on top until it is mended", async () => {
    const message =
      'Traceback (most recent call last):\n  File "lambda-src/index.py", line 12\nSyntaxError: invalid syntax';
    const alert = view.page.getByRole("alert");
    view.system.setState({ loadFailure: { message, location: "lambda-src/index.py:12" } });
    await alert.getByText("SyntaxError: invalid syntax").waitFor();
    await log().locator(".trouble").getByText("lambda-src/index.py:12").waitFor();
    for (let number = 0; number < 30; number += 1) view.system.addLine({ message: `line ${number}` });
    await lines().last().getByText("line 29").waitFor();
    const y = async (text: string) => (await log().getByText(text).last().boundingBox())?.y ?? 0;
    expect(await y("SyntaxError")).toBeLessThan(await y("line 29"));
    // It leads there from the top of the page.
    await view.press("Log", alert);
    expect(
      await log()
        .locator("summary")
        .first()
        .evaluate((summary) => summary.matches(":focus")),
    ).toBe(true);
    view.system.setState({ loadFailure: undefined });
    await alert.getByText("SyntaxError").waitFor({ state: "detached" });
    expect(await log().locator(".trouble").count()).toBe(0);
  });

  test("keeps no more characters than the system does", async () => {
    const raw = "x".repeat(4 * 1024 * 1024);
    for (let number = 0; number < 6; number += 1) view.system.addLine({ message: `line ${number}`, raw });
    await view.open();
    await log().getByText("4 lines", { exact: true }).waitFor();
    view.system.addLine({ message: "the newest", raw });
    await lines().last().getByText("the newest").waitFor();
    await log().getByText("4 lines", { exact: true }).waitFor();
    await lines().first().getByText("line 3").waitFor();
  });

  test("does not put together all fields of a very long line for its row", async () => {
    const said = await view.page.evaluate(`import("/log/log-line.js").then(({ textOf }) => {
      const fields = { all: { toJSON: () => { throw new Error("put together"); } } };
      return textOf({ message: "m".repeat(1000), raw: "x".repeat(20_000), fields });
    })`);
    expect(said).toBe("m".repeat(500));
  });
});
