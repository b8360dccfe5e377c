import { html } from "./html.js";

/** Names and values. @param {{ of: readonly (readonly [string, unknown])[] }} props */
export const Facts = ({ of }) =>
  html`<dl class="facts">${of.map(([name, value]) => html`<dt>${name}</dt><dd>${value}</dd>`)}</dl>`;
