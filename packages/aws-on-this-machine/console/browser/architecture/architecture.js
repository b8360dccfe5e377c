/**
 * The deployed system: its diagram, whose nodes lead to their places in the page, and its facts.
 *
 * @import { Part } from "./parts.js"
 */

import { Instead, Panel } from "../page/panel.js";
import { summary } from "../state/system.js";
import { Facts } from "../ui/facts.js";
import { html, useEffect, useRef, useState } from "../ui/html.js";
import { reason } from "../ui/notice.js";
import { CARRIERS, partsOf } from "./parts.js";

export function Architecture() {
  return html`<${Panel} id="architecture" title="Architecture">
    <${Diagram} />
    <div class="parts">${summary.value && partsOf(summary.value).map((part) => html`<${PartCard} key=${part[1]} part=${part} />`)}</div>
  <//>`;
}

function Diagram() {
  const place = /** @type {{ current: HTMLElement | null }} */ (useRef(null));
  const [problem, setProblem] = useState("");
  const [isThere, setThere] = useState(false);
  useEffect(() => {
    loadDrawing().then(
      (drawing) => {
        place.current?.replaceChildren(drawing);
        setThere(true);
      },
      (error) => setProblem(reason(error)),
    );
  }, []);
  useEffect(() => {
    if (!isThere || !place.current || !summary.value) return;
    for (const part of partsOf(summary.value)) connect(place.current, part);
    for (const [type, go] of CARRIERS) {
      for (const node of place.current.querySelectorAll(`.node.${type}:not([role])`)) lead(node, go);
    }
  }, [isThere, summary.value]);
  return html`
    <${Instead} problem=${problem} />
    <div ref=${place} class="diagram" role="region" tabindex="0" aria-label="Diagram"></div>`;
}

/** @type {() => Promise<Element>} */
async function loadDrawing() {
  const response = await fetch("/api/diagram");
  if (!response.ok) throw new Error((await response.json()).message);
  const { documentElement } = new DOMParser().parseFromString(await response.text(), "image/svg+xml");
  // The keyboard reaches no parts of a picture.
  documentElement.setAttribute("role", "group");
  return document.importNode(documentElement, true);
}

/** Shows the state of a part in its node, and lets the node lead to it. @type {(drawing: HTMLElement, part: Part) => void} */
function connect(drawing, [classes, , service, name, go, , state = ""]) {
  const nodes = [...drawing.querySelectorAll(`.node.${classes.replace(" ", ".")}`)];
  // A single node needs no name: the drawing may not know the whole of it.
  const node = nodes.length === 1 ? nodes[0] : nodes.find((each) => each.classList.contains(`name-${name || service}`));
  if (!(node instanceof SVGElement)) return;
  node.dataset.state = state;
  lead(node, go);
}

/** @type {(node: any, go: () => void) => void} */
function lead(node, go) {
  node.setAttribute("role", "link");
  node.setAttribute("tabindex", "0");
  // The node's own title is its Terraform address.
  const texts = [...node.querySelectorAll("text")].map(({ textContent }) => textContent);
  node.setAttribute("aria-label", texts.join(" "));
  node.onclick = go;
  node.onkeydown = (/** @type {KeyboardEvent} */ event) => {
    if (event.key === "Enter") go();
  };
}

/** @param {{ part: Part }} props */
function PartCard({ part: [classes, title, service, name, , facts = {}, state] }) {
  return html`<article class="card part-card ${classes}" data-state=${state}>
    <h3>${title} <span class="muted">${service}</span></h3>
    <p class="name">${name}</p>
    <${Facts} of=${Object.entries(facts)} />
  </article>`;
}
