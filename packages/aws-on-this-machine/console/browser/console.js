/**
 * The script of the local console's page, which shows the system live.
 *
 * Anybody who can call the API may have written the texts in the page, so the script inserts them only as text.
 */

import { startKeys } from "./page/keys.js";
import { Page } from "./page/page.js";
import { startTab } from "./page/tab.js";
import { startStream } from "./state/stream.js";
import { html, render } from "./ui/html.js";

startStream();
startTab();
startKeys();
const place = /** @type {HTMLElement} */ (document.querySelector("#page"));
place.replaceChildren();
render(html`<${Page} />`, place);
