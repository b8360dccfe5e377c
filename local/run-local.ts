import type { ArchivedLog, Item, ScheduleRun } from "./console/console-source";
import { parseOptions } from "./options";
import { renderArchivedLog, renderItems, renderScheduleRun } from "./render";
import { DEFAULT_PORT, parsePort } from "./start-options";
import { exitWithError, UserError } from "./user-error";

/** `npm run local -- schedule|items|logs`: what the keys of `npm start` do, from another terminal. */
async function main(args: string[]): Promise<void> {
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
      if (run.outcome !== "processed") process.exitCode = 1;
      return;
    }
    case "items":
      return print(await call<Item[]>("GET", `/api/items?limit=${limit}`), renderItems);
    case "logs":
      return print(await call<ArchivedLog>("GET", `/api/archived-log?limit=${limit}`), renderArchivedLog);
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

main(process.argv.slice(2)).catch(exitWithError);
