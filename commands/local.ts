import { DEFAULT_PORT, parseOptions, parsePort } from "./cli/options";
import { runCommand } from "./cli/run-command";
import { UserError } from "./cli/user-error";
import { renderArchivedLog, renderItems, renderScheduleRun } from "./local-system/render";
import type { ArchivedLog, Item, ScheduleRun } from "./local-system/system";

/** `npm run local -- schedule|items|logs`: does the actions of `npm start`'s keys, from another terminal. */
async function main(args: string[]): Promise<number> {
  const { values, positionals } = parseOptions(
    args,
    {
      json: { type: "boolean" },
      limit: { type: "string", default: "10" },
      "console-port": { type: "string", default: String(DEFAULT_PORT + 1) },
    },
    true,
  );
  const { limit } = values;
  const url = `http://127.0.0.1:${parsePort("--console-port", values["console-port"])}`;
  const print = <T>(result: T, render: (result: T) => string) =>
    console.log(values.json ? JSON.stringify(result, null, 2) : render(result));

  switch (positionals.join(" ")) {
    case "schedule": {
      const run = await request<ScheduleRun>(url, "/api/schedule", "POST");
      print(run, renderScheduleRun);
      return run.outcome === "processed" ? 0 : 1;
    }
    case "items":
      print(await request<Item[]>(url, `/api/items?limit=${limit}`), renderItems);
      return 0;
    case "logs":
      print(await request<ArchivedLog>(url, `/api/archived-log?limit=${limit}`), renderArchivedLog);
      return 0;
    default:
      throw new UserError("Use npm run local -- schedule, items or logs; with --json for scripts.");
  }
}

async function request<T>(url: string, path: string, method = "GET"): Promise<T> {
  const response = await fetch(url + path, { method }).catch(() => {
    throw new UserError(`Nothing answers at ${url}; run npm start, or name its console with --console-port.`);
  });
  const body = (await response.json().catch(() => ({ message: "no JSON" }))) as T & { message?: string };
  if (!response.ok) throw new UserError(`${url} answers ${response.status}: ${body.message}`);
  return body;
}

runCommand(main);
