/**
 * What a person can do: send a test request, and fire the schedule.
 *
 * @import { Level } from "./dom.js"
 * @import { ScheduleRun, TestAnswer } from "../../system"
 */

import { badge, element, find } from "./dom.js";
import { levelOf } from "./records.js";
import { post, reason } from "./server.js";

const BODILESS_METHODS = ["GET", "HEAD"];

/** @type {(onDone: () => void) => void} lets the buttons act */
export function startActions(onDone) {
  const fire = find("#fire");
  fire.addEventListener("click", () => act(fire, find("#fired"), fireSchedule).finally(onDone));

  const form = /** @type {HTMLFormElement} */ (find("#send"));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    act(find("button", form), find("#answer"), () => sendRequest(new FormData(form))).finally(onDone);
  });
  const body = /** @type {HTMLFieldSetElement} */ (find("fieldset", form));
  form.addEventListener("input", () => {
    body.disabled = BODILESS_METHODS.includes(String(new FormData(form).get("method")));
  });
}

/** @typedef {{ level: Level, outcome: string, id: string, text: string }} Result */

/**
 * Does something once at a time, and shows what comes of it. The button keeps the focus, which a disabled one would lose.
 *
 * @type {(button: HTMLElement, output: HTMLElement, work: () => Promise<Result>) => Promise<void>}
 */
async function act(button, output, work) {
  if (button.ariaDisabled === "true") return;
  button.ariaDisabled = "true";
  const { level, outcome, id, text } = await work().catch(failed);
  output.replaceChildren(
    element("span", {}, badge(outcome, level), " ", element("span", { className: "code" }, id)),
    element("span", { className: "code text" }, text),
  );
  output.hidden = false;
  button.ariaDisabled = null;
}

/** @type {(error: unknown) => Result} */
const failed = (error) => ({ level: "bad", outcome: "failed", id: "", text: reason(error) });

/** @type {() => Promise<Result>} */
async function fireSchedule() {
  /** @type {ScheduleRun} */
  const { outcome, eventId, error } = await post("/api/schedule");
  return { level: outcome === "processed" ? "good" : "bad", outcome, id: `event ${eventId}`, text: error ?? "" };
}

/** @type {(form: FormData) => Promise<Result>} */
async function sendRequest(form) {
  const { method, path, contentType, body } = Object.fromEntries(form);
  const headers = contentType ? { "content-type": contentType } : {};
  /** @type {TestAnswer} */
  const answer = await post("/api/requests", { method, path, ...(body && { body, headers }) });
  const { status, requestId } = answer;
  return { level: levelOf(status), outcome: String(status), id: `request ${requestId}`, text: answer.body };
}
