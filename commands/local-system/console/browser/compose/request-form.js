/** Sends a request to the API. */

import { open } from "../state/open-run.js";
import { post } from "../state/server.js";
import { ActionButton } from "../ui/action.js";
import { html, onValue } from "../ui/html.js";
import { tell } from "../ui/notice.js";
import { changeDraft, draft, METHODS, requestOf, takesBody } from "./draft.js";

/** @type {(name: string) => (event: any) => void} */
const change = (name) => onValue((value) => changeDraft({ [name]: value }));

async function send() {
  const { status, requestId } = await post("/api/requests", requestOf(draft.value));
  tell(`The API answered ${status}`);
  if (requestId) open(requestId);
}

/** The form. */
export function RequestForm() {
  const { method, path, headers, body, isBase64 } = draft.value;
  const methods = METHODS.includes(method) ? METHODS : [...METHODS, method];
  return html`<form class="fields">
    <div class="line">
      <label>Method
        <select value=${method} onChange=${change("method")}>${methods.map((each) => html`<option key=${each}>${each}</option>`)}</select>
      </label>
      <label>Path <input value=${path} onInput=${change("path")} autocomplete="off" spellcheck=${false} /></label>
    </div>
    <label>Headers <textarea rows="3" value=${headers} onInput=${change("headers")} spellcheck=${false}></textarea></label>
    ${
      takesBody(method) &&
      html`<label>Body <textarea rows="8" value=${body} onInput=${change("body")} spellcheck=${false}></textarea></label>
        <label class="check">
          <input type="checkbox" checked=${isBase64} onChange=${(/** @type {any} */ event) => changeDraft({ isBase64: event.currentTarget.checked })} />
          The body is bytes in base64
        </label>`
    }
    <${ActionButton} type="submit" class="main" act=${send}>Send<//>
  </form>`;
}
