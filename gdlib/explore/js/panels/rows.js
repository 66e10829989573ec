// In the plane of w and b the line of each point on which it has no error, and thicker those of the
// points that made the step that is shown: the step is at a right angle to such a line.
/** @import { Mark, Place, State } from "../types.d.ts" */
import { line, path } from "../marks.js";

const MEETING = 1e-9; // of y: as near as this a point is on the line through two others

/**
 * @param {State} state
 * @param {Place} place
 * @returns {Mark[]}
 */
export function rowsOnGround(state, place) {
  const { get, cloud } = state;
  if (!get("lines")) return [];
  const drawn = (rows) =>
    rows.map((i) => line(place, place.xs.map((w) => [w, cloud[i][1] - w * cloud[i][0]]))).join("");
  return [
    path("gd-row", drawn([...cloud.keys()])),
    path("gd-row gd-now", drawn(rowsOfStep(state))),
  ];
}

/** Whether the lines meet, in words. Mirrors PointLoss.line_words. */
export function rowsWords({ get, cloud }) {
  if (!get("lines")) return "";
  const ends = [...cloud].sort(([x], [u]) => x - u), [x, y] = ends[0], [u, v] = ends.at(-1);
  const off = cloud.map(([a, b]) => Math.abs((u - x) * (b - y) - (v - y) * (a - x)));
  const meet = u > x && Math.max(...off) <= MEETING * (u - x);
  return ` The lines of no error ${meet ? "" : "do not "}all meet in one point.`;
}

// of the step that is shown last, while a run is played
function rowsOfStep({ get, cloud, shown }) {
  const size = get("batch"), steps = Math.ceil(cloud.length / size), k = shown - 1;
  const order = get("orders")[get("draw")][Math.floor(k / steps)] ?? [];
  return order.slice((k % steps) * size, (k % steps + 1) * size);
}
