/**
 * The script of the local console's page: shows the system as it is, live.
 *
 * Whatever it shows may have come from anybody who can call the API, so that it is only ever inserted as text.
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
