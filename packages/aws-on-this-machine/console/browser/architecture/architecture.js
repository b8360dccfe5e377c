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
    <div class="parts">${summary.value && partsOf(summary.value).map((part) => html`<${PartCard} key=${part.address} part=${part} />`)}</div>
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
    if (isThere && place.current && summary.value) connect(place.current, partsOf(summary.value));
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

/** Shows the parts' states in their nodes, and lets the nodes lead to them. @type {(drawing: HTMLElement, parts: readonly Part[]) => void} */
function connect(drawing, parts) {
  // Such as `aws_sqs_queue.jobs->aws_lambda_function.worker`, with the addresses of nodes.
  const edges = [...drawing.querySelectorAll(".edge title")].map(({ textContent }) => textContent?.split("->") ?? []);
  for (const node of /** @type {NodeListOf<SVGElement>} */ (drawing.querySelectorAll(".node"))) {
    // Resources of `count` and `for_each` share a node.
    const part = parts.find(({ address }) => address.replace(/\[[^.]*\]$/, "") === node.id);
    const senders = edges.filter(([, to]) => to === node.id).map(([from = ""]) => from);
    const [type = ""] = node.id.split(".");
    const go = part ? part.go : CARRIERS[type]?.(senders, parts);
    node.dataset.state = part?.state ?? "";
    if (go) lead(node, go);
    const title = node.querySelector("title");
    if (title && part?.state === "unserved") title.textContent = `${part.address}: ${part.facts?.Why}`;
  }
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
    if (event.key !== "Enter") return;
    // The key would also fold the panel that gets the focus.
    event.preventDefault();
    go();
  };
}

/** @param {{ part: Part }} props */
const PartCard = ({ part: { address, category, title, service, name, facts = {}, state } }) => html`<article
  class="card part-card ${category}" data-state=${state} title=${address}
>
  <h3>${title} <span class="muted">${service}</span></h3>
  <p class="name">${name}</p>
  <${Facts} of=${Object.entries(facts)} />
</article>`;
