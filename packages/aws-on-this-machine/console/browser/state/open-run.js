/**
 * The run whose details are shown.
 *
 * @import { Run } from "../../../runs/run"
 */

import { focusOn } from "../ui/focus.js";
import { effect, signal } from "../ui/html.js";
import { reason } from "../ui/notice.js";
import { changeAddress, openId } from "./address.js";
import { get } from "./server.js";

/** The access-log line reaches the bucket later. After so many requests for it, it counts as lost. */
const SETTLE_MS = 1500;
const SETTLE_LOOKS = 20;

/** The open run's id, its details once they are loaded, or the reason why they are not. */
export const openRun = signal({ id: "", run: /** @type {Run | undefined} */ (undefined), problem: "" });

let looks = 0;
let lastLook = 0;
let timer = 0;

effect(() => {
  openRun.value = { id: openId.value, run: undefined, problem: "" };
  looks = 0;
  look();
});

/** Shows a run's details. @type {(id: string) => void} */
export const open = (id) => changeAddress({ run: id });

/** Closes the details, and goes back to the list. */
export function close() {
  changeAddress({ run: "" });
  focusOn("runs");
}

/** @type {(changed?: readonly string[]) => void} asks for the open run again, if it is one of those that changed */
export function refreshOpenRun(changed = [openRun.peek().id]) {
  if (changed.includes(openRun.peek().id)) look();
}

async function look() {
  clearTimeout(timer);
  lastLook += 1;
  const number = lastLook;
  const { id } = openRun.peek();
  if (!id) return;
  const found = await get(`/api/runs/${encodeURIComponent(id)}`).then(
    (/** @type {Run} */ run) => ({ id, run, problem: "" }),
    (error) => ({ id, run: undefined, problem: reason(error) }),
  );
  // An earlier answer may come later.
  if (number !== lastLook) return;
  // The known details stay useful after the system has ended.
  openRun.value = { ...found, run: found.run ?? openRun.peek().run };
  const isSettled = !found.run?.accessLog || found.run.archivedIn;
  looks += 1;
  if (!isSettled && looks < SETTLE_LOOKS) timer = setTimeout(look, SETTLE_MS);
}
