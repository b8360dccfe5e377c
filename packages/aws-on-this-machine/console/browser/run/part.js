import { html } from "../ui/html.js";

/** A titled part of the details. @param {{ title: string, note?: unknown, children?: unknown }} props */
export const Part = ({ title, note, children }) =>
  html`<section class="part"><h3>${title} ${note}</h3>${children}</section>`;
