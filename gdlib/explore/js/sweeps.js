// A formula's graph, node by node: values forward, gradients backward, and what is said at each
// stage. Mirrors gdlib/explore/formula_graph.py.
/** @import { GraphNode, Numbers, Run, State } from "./types.d.ts" */
import { coordinate, short } from "./sentence.js";

// for each operation its result from its operands, and the derivative by each of them
const LOCAL = {
  add: [(a, b) => a + b, () => 1, () => 1],
  subtract: [(a, b) => a - b, () => 1, () => -1],
  multiply: [(a, b) => a * b, (_, a, b) => b, (_, a) => a],
  divide: [(a, b) => a / b, (_, a, b) => 1 / b, (out, a, b) => -out / b],
  power: [
    (a, b) => a ** b,
    (_, a, b) => b * a ** (b ? b - 1 : 1),
    (out, a) => out * Math.log(a),
  ],
  maximum: [(a, b) => Math.max(a, b), (_, a, b) => Number(a > b), (_, a, b) => Number(b >= a)],
  negative: [(a) => -a, () => -1],
  absolute: [Math.abs, (_, a) => Math.sign(a)],
  sqrt: [Math.sqrt, (out) => 1 / (2 * out)],
  exp: [Math.exp, (out) => out],
  log: [Math.log, (_, a) => 1 / a],
  sin: [Math.sin, (_, a) => Math.cos(a)],
  cos: [Math.cos, (_, a) => -Math.sin(a)],
  tanh: [Math.tanh, (out) => 1 - out * out],
};

/**
 * The value of each node, for numbers at the leaves, which come in the order of the nodes.
 *
 * @param {GraphNode[]} nodes
 * @param {number[]} at
 */
export function forward(nodes, at) {
  const values = [];
  let leaf = 0;
  for (const node of nodes) {
    const [compute] = LOCAL[node.operation] ?? [];
    values.push(compute ? compute(...operandsOf(node, values)) : at[leaf++]);
  }
  return values;
}

/**
 * Both sweeps. Backward a node hands on once, when all that use it have.
 *
 * @param {GraphNode[]} nodes
 * @param {number[]} at
 * @returns {Numbers}
 */
export function sweep(nodes, at) {
  const values = forward(nodes, at), arrivals = nodes.map(() => []);
  const slopes = nodes.map((node, i) => slopesOf(node, values, i));
  const grads = nodes.map(() => 0);
  grads[nodes.length - 1] = 1;
  for (let i = nodes.length - 1; i >= 0; i--) {
    nodes[i].sources.forEach((source, k) => {
      const share = grads[i] * slopes[i][k];
      arrivals[source].push(share);
      grads[source] += share;
    });
  }
  return { values, slopes, arrivals, grads };
}

function operandsOf({ operands, sources }, values) {
  let k = 0;
  return operands.map((number) => number ?? values[sources[k++]]);
}

// the local derivatives by those operands that are nodes
function slopesOf(node, values, i) {
  const given = operandsOf(node, values);
  const slopes = given.map((_, k) => LOCAL[node.operation][k + 1](values[i], ...given));
  return slopes.filter((_, k) => node.operands[k] === null);
}

/**
 * The sweeps as a run: a point for each stage, with the leaves where they are.
 *
 * @param {State} state
 * @returns {Run}
 */
export function sweeps({ nodes, w0 }) {
  const numbers = sweep(nodes, w0), last = 2 * operationsOf(nodes).length + 1;
  const { values } = numbers, stages = Array.from({ length: last + 1 });
  const f = values[values.length - 1];
  return { path: stages.map(() => w0), values: stages.map(() => f), status: "sweeps", numbers };
}

const operationsOf = (nodes) => nodes.flatMap(({ operation }, i) => operation ? [i] : []);
export const leavesOf = (nodes) => nodes.flatMap(({ operation }, i) => operation ? [] : [i]);

/**
 * What is known of each node at the stage that is shown: its value; how many numbers have come back
 * to it, of how many; its gradient; and whether it is the one that is computed.
 *
 * @param {State} state
 */
export function known({ nodes, shown, results: [{ numbers }] }) {
  const operations = operationsOf(nodes), n = operations.length;
  const handed = operations.slice(Math.max(0, 2 * n - shown)).filter(() => shown > n);
  const now = shown <= n ? operations[shown - 1] : operations[2 * n - shown];
  return nodes.map(({ operation }, i) => {
    const wanted = numbers.arrivals[i].length;
    const came = handed.flatMap((j) => nodes[j].sources).filter((source) => source === i).length;
    return {
      value: !operation || operations.indexOf(i) < shown,
      wanted,
      came,
      gradient: shown > n && came === wanted,
      handed: handed.includes(i),
      now: i === now,
    };
  });
}

// --- what is said

/** @param {State} state */
export function stageSentence(state) {
  const { nodes, shown, results: [{ numbers }] } = state;
  const operations = operationsOf(nodes), n = operations.length;
  if (shown === 0) return `Before the first step: ${leafValues(nodes, numbers)}.`;
  if (shown <= n) {
    return `Forward, step ${shown} of ${n}: ${forwards(nodes, operations[shown - 1], numbers)}`;
  }
  if (shown <= 2 * n) {
    const said = backwards(nodes, operations[2 * n - shown], numbers);
    return `Backward, step ${shown - n} of ${n}: ${said}`;
  }
  return whole(nodes, numbers) + nudged(state);
}

const leafValues = (nodes, { values }) =>
  leavesOf(nodes).map((i) => `${nodes[i].formula} = ${write(values[i])}`).join(", ");

function forwards(nodes, i, { values, slopes }) {
  const { formula, pieces: [first, ...pieces], sources } = nodes[i];
  const done = sources.map((source, k) => bracketed(values[source]) + pieces[k]);
  const by = sources.map((source, k) => `${write(slopes[i][k])} for ${nodes[source].formula}`);
  const many = sources.length > 1 ? "Local derivatives" : "Local derivative";
  return `${formula} = ${first}${done.join("")} = ${write(values[i])}. ${many}: ${by.join(", ")}.`;
}

function backwards(nodes, i, numbers) {
  const { formula, sources } = nodes[i], came = numbers.arrivals[i], g = numbers.grads[i];
  let said = `the gradient at ${formula} is ${write(g)}.`;
  if (!came.length) said = `${formula} is f itself, so its gradient is 1.`;
  else if (came.length > 1) {
    said = `all ${came.length} numbers have arrived at ${formula}, so its gradient is ${
      summed(came, g)
    }.`;
  }
  const handed = sources.map((source, k) => {
    const slope = numbers.slopes[i][k];
    return `${write(g)} · ${bracketed(slope)} = ${write(g * slope)} to ${nodes[source].formula}`;
  });
  return `${said} It hands on ${handed.join(" and ")}.${stillWaiting(nodes, i, numbers)}`;
}

// which of its operands still wait when node i has handed on
function stillWaiting(nodes, i, { arrivals }) {
  return [...new Set(nodes[i].sources)].map((source) => {
    const users = nodes.slice(i).flatMap(({ sources }) => sources);
    const came = users.filter((used) => used === source).length, wanted = arrivals[source].length;
    return came < wanted
      ? ` ${nodes[source].formula} has ${came} of ${wanted} numbers, and waits.`
      : "";
  }).join("");
}

function whole(nodes, numbers) {
  const { values, arrivals, grads } = numbers, f = write(values[values.length - 1]);
  const by = leavesOf(nodes).map((i) =>
    `∂f/∂${nodes[i].formula} = ${summed(arrivals[i], grads[i])}`
  );
  return `f = ${f} at ${leafValues(nodes, numbers)}. The gradient: ${by.join(", ")}.`;
}

/**
 * The leaf that is nudged, how far, the gradient there, f, and what f becomes when the leaf moves.
 *
 * @param {State} state
 */
export function nudgeOf({ get, nodes, names, w0, results: [{ numbers: { values, grads } }] }) {
  const which = get("nudged"), h = get("nudge"), g = grads[leavesOf(nodes)[which]];
  const moved = (by) => forward(nodes, w0.map((v, k) => v + by * Number(k === which))).at(-1);
  return { name: names[which], h, g, f: values[values.length - 1], moved };
}

function nudged(state) {
  if (!state.get("beside")) return "";
  const { name, h, g, f, moved } = nudgeOf(state);
  return ` If ${name} moves by ${write(h)}, the gradient promises f + ${write(h)} · ${
    bracketed(g)
  } = ${write(f + h * g)}; f becomes ${write(moved(h))}.`;
}

/** A number: three decimals, or three digits where it is small or large. */
export function write(x) {
  if (!Number.isFinite(x)) return "no number";
  return Math.abs(x) >= 0.1 && Math.abs(x) < 1000 ? coordinate(x) : short(x);
}

const bracketed = (x) => write(x).startsWith("−") ? `(${write(x)})` : write(x);

function summed([first, ...others], total) {
  if (!others.length) return write(total);
  return `${write(first)}${others.map((term) => ` + ${bracketed(term)}`).join("")} = ${
    write(total)
  }`;
}
