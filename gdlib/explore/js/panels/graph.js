// A formula's graph, layer by layer: across, or downwards where there is no room for that. In each
// node its value, what it does, and its gradient; on each edge the local derivative; on each leaf a
// rail to move it along.
/** @import { GraphEdge, Grip, Mark, Panel, Point, State } from "../types.d.ts" */
import { bare } from "../axes.js";
import { label, mark, path } from "../marks.js";
import { once } from "../state.js";
import { known, leavesOf, write } from "../sweeps.js";

const NODE_WIDTH = 62, NODE_HEIGHT = 60; // pixels: a node
const RAIL = 26, TRACK = 24; // a leaf has a rail above it, so far and so long each way
const AROUND = 10; // around all of it
const LAYER_GAP = [48, 130]; // between layers, at least and at most
const LAYER_DROP = 44; // between layers, downwards
const ROW_GAP = 36, COLUMN_GAP = 30; // between the nodes of one layer, across and downwards
const TIGHT = 60; // between layers: a number takes all of it
const PORT = 18; // between the edges at one side of a node
const SMALLEST = 0.85; // of its size: where it would be smaller, it is drawn downwards

/** @type {Panel} */
export const graphPanel = {
  class: "gd-formula",
  names: () => ["", ""],
  told: "",
  elsewhere: true, // a leaf keeps to its rail
  least: (state) => widthOf(layersOf(state), LAYER_GAP[0]),
  height: (width, state) => layoutOf(state, width).height,
  draw(state, axes, size) {
    const layout = once(state, "layout", [size[0]], () => layoutOf(state, size[0]));
    const seen = known(state), ways = waysOf(state, layout);
    const drawn = mark("g", { transform: `scale(${layout.scale})` }, [
      ...ways.flatMap((way) => edgeMarks(way, seen, layout)),
      mark("g", { "aria-hidden": "true" }, ways.map((way) => derivative(way, state, seen, layout))),
      ...state.nodes.map((_, i) => card(state, i, seen[i], layout)),
    ]);
    const place = bare(axes([0, 1], [0, 1]), size);
    return {
      place,
      marks: [drawn],
      grips: leavesOf(state.nodes).map((i) => grip(state, i, layout, place)),
    };
  },
  pointed(state, [x, up]) {
    const { at, scale, height } = state.kept.layout.value, seen = known(state);
    const i = state.nodes.findIndex(({ spot }) => {
      const [across, down] = at(spot);
      return Math.abs(x / scale - across) < NODE_WIDTH / 2 &&
        Math.abs((height - up) / scale - down) < NODE_HEIGHT / 2;
    });
    return i < 0 ? "" : told(state, i, seen[i]);
  },
};

/**
 * How the layers lie in a width: from a spot to the middle of its node, in pixels before `scale`.
 *
 * @param {State} state
 * @param {number} width
 */
function layoutOf(state, width) {
  const layers = layersOf(state), places = state.get("edges").flatMap(({ way }) => way);
  const rows = 1 + Math.max(...places.map(([, place]) => place));
  const fits = (n, gap) => Math.min(1, width / widthOf(n, gap));
  const [across, downwards] = [fits(layers, LAYER_GAP[0]), fits(rows, COLUMN_GAP)];
  const down = across < SMALLEST && downwards > across, scale = down ? downwards : across;
  const middle = width / scale / 2, room = 2 * middle - 2 * AROUND - NODE_WIDTH;
  const step = down
    ? Math.min(2 * NODE_WIDTH, room / Math.max(1, rows - 1))
    : Math.min(NODE_WIDTH + LAYER_GAP[1], room / (layers - 1));
  const pitch = NODE_HEIGHT + (down ? LAYER_DROP : ROW_GAP), top = AROUND + RAIL + NODE_HEIGHT / 2;
  const at = ([layer, place]) =>
    down
      ? [middle + (place - (rows - 1) / 2) * step, top + layer * pitch]
      : [middle + (layer - (layers - 1) / 2) * step, top + place * pitch];
  const height = scale * (top + NODE_HEIGHT / 2 + AROUND + ((down ? layers : rows) - 1) * pitch);
  return { at, down, scale, height: Math.ceil(height) };
}

const layersOf = ({ nodes }) => 1 + Math.max(...nodes.map(({ spot: [layer] }) => layer));

const widthOf = (n, gap) => 2 * AROUND + n * (NODE_WIDTH + gap) - gap;

/**
 * Each edge with the points that it leads through: out of one node, along the lanes of others, into
 * its target; edges at one side of a node stand in the order of where they come from or go.
 */
function waysOf({ get }, { at, down }) {
  const edges = get("edges"), half = (down ? NODE_HEIGHT : NODE_WIDTH) / 2;
  const turned = (along, across) => down ? [across, along] : [along, across];
  const port = (edge, end, near) => {
    const same = edges.filter((other) => other[end] === edge[end]);
    same.sort((a, b) => a.way.at(near)[1] - b.way.at(near)[1]);
    return (same.indexOf(edge) - (same.length - 1) / 2) * Math.min(PORT, 54 / same.length);
  };
  const off = (spot, along, across) => {
    const [x, y] = at(spot), [dx, dy] = turned(along, across);
    return [x + dx, y + dy];
  };
  return edges.map((edge) => ({
    edge,
    stagger: edges.filter(({ source }) => source === edge.source).indexOf(edge) % 2,
    points: [
      off(edge.way[0], half, port(edge, "source", 1)),
      ...edge.way.slice(1, -1).flatMap((spot) => [off(spot, -half, 0), off(spot, half, 0)]),
      off(edge.way.at(-1), -half - 7, port(edge, "target", -2)),
    ],
  }));
}

// bends between layers, straight along the lane of one
function edgeMarks({ edge, points }, seen, { down }) {
  const [first, ...others] = points, [x, y] = others[others.length - 1];
  const spell = (points) => points.flat().map(tenth).join(" ");
  let d = `M${spell([first])}`, from = first;
  others.forEach((to, k) => {
    d += k % 2 ? `L${spell([to])}` : `C${spell([...bend(from, to, down), to])}`;
    from = to;
  });
  const { now, handed } = seen[edge.target];
  const name = now ? (handed ? "gd-edge gd-back" : "gd-edge gd-ahead") : "gd-edge";
  const tip = down
    ? `M${tenth(x)} ${tenth(y + 7)}l-4.5 -9h9z`
    : `M${tenth(x + 7)} ${tenth(y)}l-9 -4.5v9z`;
  return [path(name, d), path(`${name} gd-tip`, tip)];
}

const bend = ([x, y], [u, v], down) =>
  down ? [[x, (y + v) / 2], [u, (y + v) / 2]] : [[(x + u) / 2, y], [(x + u) / 2, v]];

// on the first bend, where there is room nearer to the source: lines that cross are apart there
function derivative({ edge, points: [from, to], stagger }, state, seen, { down }) {
  const { slopes } = state.results[0].numbers, uses = state.get("edges");
  const use = uses.filter(({ target }) => target === edge.target).indexOf(edge);
  const tight = !down && to[0] - from[0] < TIGHT, [a, b] = bend(from, to, down);
  const t = down ? (stagger ? 0.74 : 0.26) : tight ? 0.5 : 0.4;
  const [x, y] = [0, 1].map((k) =>
    (1 - t) ** 3 * from[k] + 3 * t * (1 - t) ** 2 * a[k] + 3 * t ** 2 * (1 - t) * b[k] +
    t ** 3 * to[k]
  );
  const text = seen[edge.target].value ? write(slopes[edge.target][use]) : "";
  return label(text, { class: "gd-slope", x: tenth(x), y: tenth(y + 4), "text-anchor": "middle" });
}

function card(state, i, seen, { at }) {
  const { sign, formula, spot, operation } = state.nodes[i], [x, y] = at(spot);
  const middle = (name, text, dy) =>
    label(text, { class: name, x: tenth(x), y: tenth(y + dy), "text-anchor": "middle" });
  const { values, grads } = state.results[0].numbers;
  const back = seen.gradient ? write(grads[i]) : seen.came ? `${seen.came} of ${seen.wanted}` : "";
  const box = {
    x: tenth(x - NODE_WIDTH / 2),
    y: tenth(y - NODE_HEIGHT / 2),
    width: NODE_WIDTH,
    height: NODE_HEIGHT,
    rx: 8,
  };
  const rails = operation ? [] : [
    path("gd-rail", `M${tenth(x - TRACK)} ${tenth(railOf(y))}h${2 * TRACK}`),
    knob(state, i, [x, y]),
  ];
  return mark("g", { role: "img", "aria-label": told(state, i, seen) }, [
    mark("rect", { class: `gd-card${seen.now ? " gd-now" : ""}`, ...box }),
    middle("gd-value", seen.value ? write(values[i]) : "", -14),
    middle("gd-sign", operation ? sign : formula, 5),
    middle(seen.gradient ? "gd-gradient" : "gd-waits", back, 24),
    ...rails,
  ]);
}

/**
 * All that is known of a node, in words.
 *
 * @param {State} state
 */
function told({ nodes, results: [{ numbers }] }, i, { value, gradient, came, wanted }) {
  const said = value ? `${nodes[i].formula} = ${write(numbers.values[i])}` : nodes[i].formula;
  if (gradient) return `${said}, gradient ${write(numbers.grads[i])}`;
  return came ? `${said}, ${came} of ${wanted} numbers have come back` : said;
}

// --- a leaf's rail

const railOf = (y) => y - NODE_HEIGHT / 2 - 13;

function placeOf(state, i, [x, y]) {
  const name = state.nodes[i].formula, [low, high] = state.settings[name];
  return [x - TRACK + (2 * TRACK * (state.get(name) - low)) / (high - low), railOf(y)];
}

function knob(state, i, at) {
  const [cx, cy] = placeOf(state, i, at).map(tenth);
  return mark("circle", { class: "gd-knob", r: 6, cx, cy });
}

/** @returns {Grip} */
function grip(state, i, { at, scale }, { Y }) {
  const { formula, spot } = state.nodes[i], [x, y] = at(spot);
  const [across, down] = placeOf(state, i, [x, y]);
  const [low, high] = state.settings[formula];
  return {
    traits: [formula],
    at: [tenth(across * scale), Y(tenth(down * scale))],
    says: [state.get(formula)],
    label: `${formula}, on the picture`,
    r: 13,
    value: ([px]) => [low + ((px / scale - x + TRACK) / (2 * TRACK)) * (high - low)],
  };
}

const tenth = (v) => Math.round(10 * v) / 10;
