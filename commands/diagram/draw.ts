import { readFileSync } from "node:fs";
import { join } from "node:path";
import { PROJECT_FOLDER } from "../cli/project";
import type { Architecture, ArchitectureEdge, ArchitectureNode } from "./architecture";
import { escapeXml } from "./escape-xml";
import { type Box, layOut, type Point, type Route } from "./layout";

const LINE_HEIGHT = 17;
const PADDING = { x: 10, y: 8 };
const MARGIN = 12;

/**
 * Draws an architecture as SVG, the same bytes for the same architecture. How it looks is up to diagram.css: a node has
 * its category and its Terraform types as classes. Its id is its address, and `data-name` what it is called on AWS.
 */
export async function drawArchitecture(architecture: Architecture): Promise<string> {
  const { nodes, edges } = architecture;
  const boxes = nodes.map(boxOf);
  const layout = await layOut(boxes, edges);
  const [width, height] = [layout.width, layout.height].map((length) => Math.ceil(length) + 2 * MARGIN);
  const frame = { x: -MARGIN, y: -MARGIN, width, height };
  const parts = [
    element("title", { id: "architecture-title" }, "Architecture"),
    element("desc", { id: "architecture-description" }, escapeXml(describe(architecture))),
    element("marker", ARROWHEAD, element("path", { d: "M0 0 8 4 0 8z" })),
    element("rect", { class: "canvas", ...frame, rx: 8 }),
    ...edges.map((edge, index) => drawEdge(edge, layout.routes[index] as Route)),
    ...boxes.map((box, index) => drawNode(nodes[index] as ArchitectureNode, box, layout.centres[index] as Point)),
  ];
  const attributes = {
    xmlns: "http://www.w3.org/2000/svg",
    class: "architecture",
    width,
    height,
    viewBox: Object.values(frame).join(" "),
    role: "img",
    "aria-labelledby": "architecture-title",
    "aria-describedby": "architecture-description",
  };
  return `${element("svg", attributes, `\n${parts.join("\n")}\n`)}\n`;
}

/** Makes a drawing a file of its own, with the stylesheet in it. */
export function standalone(drawing: string): string {
  const stylesheet = readFileSync(join(PROJECT_FOLDER, "commands", "diagram", "diagram.css"), "utf8");
  return drawing.replace("</desc>", () => `</desc>\n${element("style", {}, `\n${stylesheet}`)}`);
}

const ARROWHEAD = {
  id: "architecture-tip",
  viewBox: "0 0 8 8",
  refX: 8,
  refY: 4,
  markerWidth: 8,
  markerHeight: 8,
  markerUnits: "userSpaceOnUse",
  orient: "auto",
};

/** In words, for who cannot see it. */
function describe({ nodes, edges }: Architecture): string {
  const names = new Map(nodes.map(({ id, service, name }) => [id, name ? `${service} ${name}` : service]));
  return edges.map(({ from, to, label }) => `${names.get(from)} to ${names.get(to)}: ${label}.`).join("\n");
}

interface TextLine {
  readonly text: string;
  readonly class?: string;
}

function linesOf({ service, name, detail }: ArchitectureNode): TextLine[] {
  return [
    { class: "service", text: service },
    ...wrap(name).map((text) => ({ text })),
    ...wrap(detail).map((text) => ({ class: "detail", text })),
  ];
}

/** Breaks a long text, after a slash if it has one, else after a hyphen or a dot. */
function wrap(text = ""): string[] {
  return text.match(/.{1,28}(?:$|(?<=\/))|.{1,28}(?<=[-.])|.{1,28}/g) ?? [];
}

function boxOf(node: ArchitectureNode): Box {
  const lines = linesOf(node);
  return {
    id: node.id,
    width: Math.max(...lines.map(({ text }) => widthOf(text))) + 2 * PADDING.x,
    height: lines.length * LINE_HEIGHT + 2 * PADDING.y,
  };
}

/** How wide a text may get, in pixels: it is not known in which font it will be drawn. */
function widthOf(text: string): number {
  const widths = [...text].map((character) => (/[mwMW@…]/.test(character) ? 12 : /[A-Z]/.test(character) ? 9 : 7.5));
  return widths.reduce((sum, width) => sum + width, 0);
}

function drawNode(node: ArchitectureNode, { width, height }: Box, [x, y]: Point): string {
  const [left, top] = [x - width / 2, y - height / 2];
  const texts = linesOf(node).map((line, index) =>
    element("text", { class: line.class, x, y: top + PADDING.y + (index + 0.75) * LINE_HEIGHT }, escapeXml(line.text)),
  );
  return element(
    "g",
    { id: node.id, class: ["node", node.category, ...node.types].join(" "), "data-name": node.name },
    element("title", {}, escapeXml(node.id)),
    element("rect", { x: left, y: top, width, height, rx: 6 }),
    ...texts,
  );
}

function drawEdge({ label, kind }: ArchitectureEdge, { curve: [start, ...curve], tip, label: [x, y] }: Route): string {
  return element(
    "g",
    { class: ["edge", kind].join(" ").trim() },
    element("path", {
      d: `M${pair(start)} C${curve.map(pair).join(" ")} L${pair(tip)}`,
      "marker-end": "url(#architecture-tip)",
    }),
    element("text", { x, y }, escapeXml(label)),
  );
}

function element(
  name: string,
  attributes: Readonly<Record<string, string | number | undefined>>,
  ...children: string[]
): string {
  const text = Object.entries(attributes).map(([key, value]) =>
    value === undefined ? "" : ` ${key}="${escapeXml(String(typeof value === "number" ? rounded(value) : value))}"`,
  );
  return `<${name}${text.join("")}>${children.join("")}</${name}>`;
}

function pair([x, y]: Point = [0, 0]): string {
  return `${rounded(x)},${rounded(y)}`;
}

/** To a tenth of a pixel, finer than which nobody sees. */
function rounded(value: number): number {
  return Math.round(value * 10) / 10;
}
