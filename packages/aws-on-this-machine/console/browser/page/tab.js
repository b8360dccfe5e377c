/** The browser's tab. Its title and its icon show whether an alarm fires, even while the user looks at another tab. */

import { connection, summary } from "../state/system.js";
import { countOf } from "../ui/format.js";
import { effect } from "../ui/html.js";

/** Keeps the tab up to date with the system. */
export function startTab() {
  const icon = /** @type {HTMLLinkElement} */ (document.querySelector("link[rel=icon]"));
  effect(() => {
    const { name = "Local console", alarms = [] } = summary.value ?? {};
    const firing = alarms.filter(({ state }) => state === "ALARM").length;
    const state = connection.value === "ended" ? "ended" : firing > 0 ? countOf(firing, "alarm") : "";
    document.title = state ? `(${state}) ${name}` : name;
    const file = firing > 0 ? "/icon-alarm.svg" : "/icon.svg";
    if (icon.getAttribute("href") !== file) icon.href = file;
  });
}
