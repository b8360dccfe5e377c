import { listenToKeys } from "@local/command-line/keys";
import { shutDown } from "@local/command-line/process/shutdown";
import { openInBrowser } from "@local/command-line/terminal/open-in-browser";
import pc from "picocolors";
import { KEPT, type RunningSystem } from "../system/running-system";
import type { Urls } from "../terminal/started";
import { renderArchivedLog, renderItems, renderRuns } from "../terminal/tables";

/** The number of runs, items or lines that a key shows. */
const SHOWN = 20;

/**
 * Lets single keys show the system's runs, items and log, and prints a line about the keys.
 *
 * @param isKept whether the deployment outlives this process
 */
export function listenForKeys(system: RunningSystem, urls: Urls, isKept: boolean): void {
  const act = (action: () => Promise<string | undefined>) => () =>
    void action().then(
      (text) => text !== undefined && console.log(text),
      (error: Error) => console.error(pc.red(error.message)),
    );
  const table = (action: () => Promise<string>) => act(async () => `\n${await action()}\n`);
  const isListening = listenToKeys({
    s: { does: "fires the schedule, or each schedule", run: act(() => fireSchedules(system)) },
    r: { does: "shows the last requests and other runs", run: table(async () => renderRuns(system.runs(SHOWN))) },
    i: { does: "shows the last items of each table", run: table(() => showItems(system)) },
    l: { does: "shows the newest lines of the log archive", run: table(() => showArchivedLog(system)) },
    o: { does: "opens the console in the browser", run: act(() => openConsole(urls)) },
    q: {
      does: isKept
        ? "ends this, as does Ctrl-C; what was deployed stays in the emulator"
        : "ends the emulator, as does Ctrl-C, and removes all of it",
      run: () => void shutDown(),
    },
  });
  const keys = "s schedule, r requests, i items, l log archive, o console, q end, ? more";
  console.log(isListening ? `\n${pc.bold("Keys")}  ${keys}\n` : "\nCtrl-C ends this.\n");
}

/** Resolves to the notices. The feed shows the runs. */
export async function fireSchedules(system: RunningSystem): Promise<string | undefined> {
  const { schedules } = await system.summary();
  if (schedules.length === 0) return "The system has no schedule.";
  const runs = await Promise.all(schedules.map(({ name }) => system.fireSchedule(name)));
  const notices = new Set(runs.flat().flatMap(({ notice = [] }) => notice));
  return notices.size > 0 ? [...notices].join("\n") : undefined;
}

export async function showItems(system: RunningSystem): Promise<string> {
  const { tables } = await system.summary();
  if (tables.length === 0) return "The system has no table.";
  const shown = await Promise.all(
    tables.map(async ({ name, keys }) => {
      const items = renderItems(await system.items(name, SHOWN), keys);
      return tables.length === 1 ? items : `${pc.bold(name)}\n${items}`;
    }),
  );
  return shown.join("\n\n");
}

async function showArchivedLog(system: RunningSystem): Promise<string> {
  const log = await system.archivedLog(SHOWN);
  return renderArchivedLog(log, await system.summary(), log.objects.length > 0 ? [] : system.runs(KEPT));
}

async function openConsole({ console: url }: Urls): Promise<string | undefined> {
  return (await openInBrowser(url)) ? undefined : `No browser opens; the console is at ${url}`;
}
