// The loops with their stopping tests. Mirrors gdlib/descent.py and gdlib/stochastic.py.
import { each } from "./optimizers.js";

export const gradientOf = (at) => (at.length === 2 ? [at[1]] : [at[1], at[2]]);
export const CONVERGED = ["gtol", "xtol", "ftol"]; // the tests by which a run may end
export const DIVERGENCE_BOUND = 1e20;
export function dot(a, b) {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}
// Math.hypot is slow: it is left for what is too large, or too small, to be squared
export function norm(a) {
  const s = Math.sqrt(dot(a, a));
  return s > 1e-150 && s < 1e150 ? s : Math.hypot(...a);
}
export const plus = (a, b) => each((ai, bi) => ai + bi, a, b);
export const minus = (a, b) => each((ai, bi) => ai - bi, a, b);

export function minimize(
  fg,
  w,
  { init, update, lookahead },
  { gtol = 0, xtol = 0, ftol = 0, max_iter },
) {
  let state = init(w), [f, ...g] = fg(w), moved = Infinity, changed = Infinity;
  const path = [w], values = [f], norms = [norm(g)], memories = [state];
  for (let k = 0;; k++) {
    const size = norms[k], finite = Number.isFinite(f) && Number.isFinite(size);
    let status = "";
    if (!finite && k === 0) status = "undefined";
    else if (!(finite && norm(w) <= DIVERGENCE_BOUND)) status = "diverged";
    else if (size <= gtol && gtol > 0) status = "gtol";
    else if (moved <= xtol && xtol > 0) status = "xtol";
    else if (changed <= ftol && ftol > 0) status = "ftol";
    else if (k === max_iter) status = "max_iter";
    if (status) return { path, values, norms, memories, status };
    let step;
    [step, state] = update(lookahead ? gradientOf(fg(lookahead(state, w))) : g, state, w);
    w = plus(w, step);
    const at = fg(w);
    f = at[0];
    g = gradientOf(at);
    if (xtol) moved = norm(minus(w, path[k]));
    if (ftol) changed = Math.abs(f - values[k]);
    path.push(w);
    values.push(f);
    norms.push(norm(g));
    memories.push(state);
  }
}

export function mean(rows, term) {
  const sum = term(rows[0]);
  for (let r = 1; r < rows.length; r++) {
    const added = term(rows[r]);
    for (let i = 0; i < sum.length; i++) sum[i] += added[i];
  }
  for (let i = 0; i < sum.length; i++) sum[i] /= rows.length;
  return sum;
}

// batch(w, rows) gives [f, ...gradient], means over the rows; each epoch has its order of them
export function sgd(batch, w, { init, update, lookahead }, orders, size, epochs) {
  let state = init(w);
  const path = [w], memories = [state], bounded = (v) => dot(v, v) <= DIVERGENCE_BOUND ** 2;
  for (const order of orders.slice(0, epochs)) {
    for (let i = 0; i < order.length && bounded(w); i += size) {
      let step;
      [step, state] = update(
        gradientOf(batch(lookahead ? lookahead(state, w) : w, order.slice(i, i + size))),
        state,
        w,
      );
      w = plus(w, step);
      path.push(w);
      memories.push(state);
    }
    if (!(bounded(w) && Number.isFinite(batch(w, order)[0]))) {
      return { path, memories, status: "diverged" };
    }
  }
  return { path, memories, status: "epochs", epochs };
}
