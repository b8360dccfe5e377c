import { readFileSync } from "node:fs";
import { join } from "node:path";
import { instance } from "@viz-js/viz";
import type { Architecture, ArchitectureNode } from "./architecture";

/** Graphviz measures in Arial. A browser may draw in a wider font, so that diagram.css sets smaller sizes than these. */
const FONT = { fontname: "Arial", fontsize: 14 };

/**
 * Draws an architecture as SVG, the same bytes for the same architecture. diagram.css decides its look: a node has its
 * category, its Terraform types and `name-<its name on AWS, else its service>` as classes. A node's id is its address.
 */
export async function drawArchitecture(architecture: Architecture): Promise<string> {
  const graphviz = await instance();
  const svg = graphviz.renderString(
    {
      graphAttributes: { id: "architecture", nodesep: 0.3, ranksep: 0.3, pad: 0.15, outputorder: "edgesfirst" },
      nodeAttributes: { ...FONT, shape: "box", style: "rounded", margin: "0.2,0.1", height: 0 },
      edgeAttributes: { ...FONT, arrowsize: 0.8 },
      nodes: architecture.nodes.map((node) => ({
        name: node.id,
        attributes: { id: node.id, class: classesOf(node), label: labelOf(node) },
      })),
      edges: architecture.edges.map(({ from, to, label, kind = "" }) => ({
        tail: from,
        head: to,
        attributes: { class: kind, label: ` ${label} ` },
      })),
    },
    { format: "svg_inline" },
  );
  // A point is drawn as a pixel.
  return svg.replace(/^.*?<svg width="(\d+)pt" height="(\d+)pt"([^>]*>)/s, (_head, width, height, rest) =>
    [
      `<svg xmlns="http://www.w3.org/2000/svg" class="architecture" role="img" aria-labelledby="architecture-title"`,
      ` aria-describedby="architecture-description" width="${width}" height="${height}"${rest}`,
      `<title id="architecture-title">Architecture</title>`,
      `<desc id="architecture-description">${escapeXml(describe(architecture))}</desc>`,
    ].join("\n"),
  );
}

/** Makes a standalone file of a drawing, with the stylesheet in it. */
export function standalone(drawing: string): string {
  const stylesheet = readFileSync(join(__dirname, "diagram.css"), "utf8");
  return drawing.replace("</desc>", () => `</desc>\n<style>\n${stylesheet}</style>`);
}

function classesOf({ category, types, service, name = service, detail }: ArchitectureNode): string {
  return [category, ...types, `name-${name}`, detail ? "detailed" : ""].join(" ").trim();
}

function labelOf({ service, name, detail }: ArchitectureNode): string {
  const lines = [service, ...wrap(name), ...wrap(detail)];
  // Graphviz would replace text that looks like its escapes or entities.
  return lines.join("\n").replaceAll("\\", "\\\\").replaceAll("&", "&amp;");
}

/** Breaks a long text, after a slash if it has one, else after a hyphen or a dot. */
function wrap(text = ""): string[] {
  return text.match(/.{1,28}(?:$|(?<=\/))|.{1,28}(?<=[-.])|.{1,28}/g) ?? [];
}

/** Describes the drawing in words, for screen readers. */
function describe({ nodes, edges }: Architecture): string {
  const names = new Map(nodes.map(({ id, service, name }) => [id, name ? `${service} ${name}` : service]));
  return edges.map(({ from, to, label }) => `${names.get(from)} to ${names.get(to)}: ${label}.`).join("\n");
}

function escapeXml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
}
