import { signal } from "./html.js";

const query = matchMedia("(max-width: 800px)");

/** Whether the page has one column: on a phone, or in a small window. */
export const isNarrow = signal(query.matches);

query.addEventListener("change", () => {
  isNarrow.value = query.matches;
});
