/**
 * The script of the local console's page: asks the server how the system is doing, and shows it.
 *
 * Whatever it shows may have come from anybody who can call the API, so that it is only ever inserted as text.
 */

import { startActions } from "./actions.js";
import { startPolling } from "./polling.js";

// Not every browser lets the keyboard scroll what has no focus.
for (const area of document.querySelectorAll(".scroll")) area.setAttribute("tabindex", "0");

startActions(startPolling());
