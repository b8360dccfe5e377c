import { instance } from "@viz-js/viz";

/** Graphviz takes sizes in inches and gives places in points; a point is drawn as a pixel. */
const POINTS_PER_INCH = 72;
/** Larger than what is drawn, so that a font that is wider than the one that Graphviz measures has room. */
const LABEL_FONT_SIZE = 13;

/** In pixels from the left and from the top. */
export type Point = readonly [x: number, y: number];

/** A rectangle to be placed. */
export interface Box {
  readonly id: string;
  readonly width: number;
  readonly height: number;
}

/** A line between two boxes, by their ids. */
export interface Line {
  readonly from: string;
  readonly to: string;
  readonly label: string;
}

/** How a line goes. */
export interface Route {
  /** A Bézier curve: where it starts, and for each segment two control points and its end. */
  readonly curve: readonly Point[];
  /** Where its arrow touches the box, a little after the curve's end. */
  readonly tip: Point;
  /** The label's centre. */
  readonly label: Point;
}

export interface Layout {
  readonly width: number;
  readonly height: number;
  /** The centres of the boxes, in the order in which they were given. */
  readonly centres: readonly Point[];
  /** In the order in which the lines were given. */
  readonly routes: readonly Route[];
}

/** What is used of Graphviz's format `json0`: https://graphviz.org/docs/outputs/json/ */
interface GraphvizLayout {
  /** Left, bottom, right, top. */
  readonly bb: string;
  readonly objects?: readonly { readonly name: string; readonly pos: string }[];
  readonly edges?: readonly {
    readonly id: string;
    /** `e,<tip> <curve>` */
    readonly pos: string;
    /** The label's centre. */
    readonly lp: string;
  }[];
}

/** Places boxes and the lines between them, with Graphviz: from the top to the bottom, the same way each time. */
export async function layOut(boxes: readonly Box[], lines: readonly Line[]): Promise<Layout> {
  const graphviz = await instance();
  const json = graphviz.renderString(
    {
      graphAttributes: { nodesep: 0.3, ranksep: 0.3 },
      nodeAttributes: { shape: "box", label: "" },
      edgeAttributes: { fontname: "Arial", fontsize: LABEL_FONT_SIZE },
      nodes: boxes.map(({ id, width, height }) => ({
        name: id,
        attributes: { width: width / POINTS_PER_INCH, height: height / POINTS_PER_INCH },
      })),
      // Graphviz gives them back in an order of its own.
      edges: lines.map(({ from, to, label }, index) => ({
        tail: from,
        head: to,
        attributes: { id: String(index), label: ` ${label} ` },
      })),
    },
    { format: "json0", yInvert: true },
  );
  const { bb, objects = [], edges = [] } = JSON.parse(json) as GraphvizLayout;
  const [, height = 0, width = 0] = bb.split(",").map(Number);
  const centres = new Map(objects.map(({ name, pos }) => [name, pointOf(pos)]));
  const routes = new Map(
    edges.map(({ id, pos, lp }) => {
      const [tip = "", ...curve] = pos.replace("e,", "").split(" ");
      return [id, { tip: pointOf(tip), curve: curve.map(pointOf), label: pointOf(lp) }];
    }),
  );
  return {
    width,
    height,
    centres: boxes.map(({ id }) => found(centres, id)),
    routes: lines.map((_line, index) => found(routes, String(index))),
  };
}

function pointOf(text: string): Point {
  const [x = 0, y = 0] = text.split(",").map(Number);
  return [x, y];
}

function found<T>(map: ReadonlyMap<string, T>, key: string): T {
  const value = map.get(key);
  if (value === undefined) throw new Error(`Graphviz has not placed ${key}`);
  return value;
}
