import { html, onValue } from "../ui/html.js";

/**
 * A field with names to choose from. With one name, the page does not show it.
 *
 * @param {{ label: string, names: readonly string[], chosen: string, onChoose: (name: string) => void, any?: string }} props
 *     `any` is the text of a choice of none of them
 */
export function Choice({ label, names, chosen, onChoose, any }) {
  if (names.length < 2) return undefined;
  return html`<label class="choice">${label} <select value=${chosen} onChange=${onValue(onChoose)}>
    ${any && html`<option value="">${any}</option>`}
    ${names.map((name) => html`<option key=${name} value=${name}>${name}</option>`)}
  </select></label>`;
}
