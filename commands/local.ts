import { parseOptions } from "./cli/options";
import { runCommand } from "./cli/run-command";
import { UserError } from "./cli/user-error";
import { renderArchivedLog, renderItems, renderScheduleRun } from "./local-system/render";
import { DEFAULT_PORT, parsePort } from "./local-system/start-options";
import type { ArchivedLog, Item, ScheduleRun } from "./local-system/system";

/** `npm run local -- schedule|items|logs`: what the keys of `npm start` do, from another terminal. */
async function main(args: string[]): Promise<number> {
  const { values, positionals } = parseOptions(
    args,
    { json: { type: "boolean" }, limit: { type: "string" }, "console-port": { type: "string" } },
    true,
  );
  const port = parsePort("--console-port", String(values["console-port"] ?? DEFAULT_PORT + 1));
  const limit = String(values.limit ?? 10);
  const call = <T>(method: string, path: string) => request<T>(port, method, path);
  const print = <T>(result: T, render: (result: T) => string) =>
    console.log(values.json ? JSON.stringify(result, null, 2) : render(result));

  switch (positionals.join(" ")) {
    case "schedule": {
      const run = await call<ScheduleRun>("POST", "/api/schedule");
      print(run, renderScheduleRun);
      return run.outcome === "processed" ? 0 : 1;
    }
    case "items":
      print(await call<Item[]>("GET", `/api/items?limit=${limit}`), renderItems);
      return 0;
    case "logs":
      print(await call<ArchivedLog>("GET", `/api/archived-log?limit=${limit}`), renderArchivedLog);
      return 0;
    default:
      throw new UserError("Use npm run local -- schedule, items or logs; with --json for scripts.");
  }
}

async function request<T>(port: number, method: string, path: string): Promise<T> {
  const url = `http://127.0.0.1:${port}`;
  const response = await fetch(url + path, { method }).catch(() => {
    throw new UserError(`Nothing answers at ${url}; run npm start, or name its console with --console-port.`);
  });
  const body = (await response.json().catch(() => ({ message: "no JSON" }))) as T & { message?: string };
  if (!response.ok) throw new UserError(`${url} answers ${response.status}: ${body.message}`);
  return body;
}

runCommand(main);
