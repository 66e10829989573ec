// What is written in two languages: the update rules, the loop with its stopping tests, and the
// sentence about a run. Mirrors gdlib/optimizers.py, gdlib/descent.py and gdlib/explore/sentence.py
// line by line; a test in a real browser compares both over the whole range of the sliders.
// A point is an array of coordinates.

// --- program.py: a formula's instructions, made into a function of a point (and of one of the data): many sites
// forbid their pages to run text as a program
const OPERATIONS = [
  "+",
  "-",
  "*",
  "/",
  "neg",
  "if",
  "<",
  "<=",
  ">",
  ">=",
  "exp",
  "log",
  "abs",
  "sign",
]; // the other names are functions of Math, called through a table and so slower

function compile({ inputs, constants, code, results: [f, g, h] }) {
  const first = inputs + constants.length, n = code.length, r = new Float64Array(first + n);
  constants.forEach((c, i) => {
    r[inputs + i] = c ?? NaN;
  });
  const which = Int8Array.from(code, ([name]) => OPERATIONS.indexOf(name)),
    functions = code.map(([name]) => Math[name]);
  const [A, B, C] = [1, 2, 3].map((place) => Uint16Array.from(code, (read) => read[place] ?? 0));
  return (w, data) => {
    for (let i = 0; i < w.length; i++) r[i] = w[i];
    for (let i = w.length; i < inputs; i++) r[i] = data[i - w.length];
    for (let i = 0, k = first; i < n; i++, k++) {
      const a = r[A[i]], b = r[B[i]];
      switch (which[i]) {
        case 0:
          r[k] = a + b;
          break;
        case 1:
          r[k] = a - b;
          break;
        case 2:
          r[k] = a * b;
          break;
        case 3:
          r[k] = a / b;
          break;
        case 4:
          r[k] = -a;
          break;
        case 5:
          r[k] = a ? b : r[C[i]];
          break;
        case 6:
          r[k] = a < b ? 1 : 0;
          break;
        case 7:
          r[k] = a <= b ? 1 : 0;
          break;
        case 8:
          r[k] = a > b ? 1 : 0;
          break;
        case 9:
          r[k] = a >= b ? 1 : 0;
          break;
        case 10:
          r[k] = Math.exp(a);
          break;
        case 11:
          r[k] = Math.log(a);
          break;
        case 12:
          r[k] = Math.abs(a);
          break;
        case 13:
          r[k] = Math.sign(a);
          break;
        default:
          r[k] = functions[i](a, b);
      }
    }
    return h === undefined ? [r[f], r[g]] : [r[f], r[g], r[h]];
  };
}

// --- optimizers.py: state and gradient -> step and next state
// (thousands of steps a frame: no array that is not needed. A point has one coordinate or two.)
const each = (f, a, b = a) => (a.length === 1 ? [f(a[0], b[0])] : [f(a[0], b[0]), f(a[1], b[1])]);
const zeros = (w) => w.map(() => 0);
const overRoot = (g, s, eps) =>
  each(
    (gi, si) => {
      const root = Math.sqrt(si) + eps;
      return gi / (eps || root > 0 ? root : 1);
    },
    g,
    s,
  );

const optimizers = {
  gd: ({ eta }) => ({ init: () => 0, update: (g, k) => [each((gi) => -eta * gi, g), k + 1] }),

  momentum: ({ eta, beta }) => ({
    init: zeros,
    update(g, v) {
      v = each((vi, gi) => beta * vi + gi, v, g);
      return [each((vi) => -eta * vi, v), v];
    },
  }),

  nesterov: ({ eta, beta }) => ({
    ...optimizers.momentum({ eta, beta }),
    lookahead: (v, w) => each((wi, vi) => wi - eta * beta * vi, w, v),
  }),

  adagrad: ({ eta, eps }) => ({
    init: zeros,
    update(g, s) {
      s = each((si, gi) => si + gi * gi, s, g);
      return [each((r) => -eta * r, overRoot(g, s, eps)), s];
    },
  }),

  rmsprop: ({ eta, decay, eps }) => ({
    init: zeros,
    update(g, v) {
      v = each((vi, gi) => decay * vi + (1 - decay) * gi * gi, v, g);
      return [each((r) => -eta * r, overRoot(g, v, eps)), v];
    },
  }),

  adam: ({ eta, beta1: b1, beta2: b2, eps }) => ({
    init: (w) => [0, zeros(w), zeros(w)],
    update(g, [k, m, v]) {
      m = each((mi, gi) => b1 * mi + (1 - b1) * gi, m, g);
      v = each((vi, gi) => b2 * vi + (1 - b2) * gi * gi, v, g);
      const t = k + 1;
      const mean = each((mi) => mi / (1 - b1 ** t), m),
        square = each((vi) => vi / (1 - b2 ** t), v);
      return [each((r) => -eta * r, overRoot(mean, square, eps)), [t, m, v]];
    },
  }),
};

// --- descent.py: fg(w) gives [f, ...gradient]
const gradientOf = (at) => (at.length === 2 ? [at[1]] : [at[1], at[2]]);
const DIVERGENCE_BOUND = 1e20;
function dot(a, b) {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}
function norm(a) { // Math.hypot is slow: it is left for what is too large, or too small, to be squared
  const s = Math.sqrt(dot(a, a));
  return s > 1e-150 && s < 1e150 ? s : Math.hypot(...a);
}
const plus = (a, b) => each((ai, bi) => ai + bi, a, b);
const minus = (a, b) => each((ai, bi) => ai - bi, a, b);

function minimize(fg, w, { init, update, lookahead }, { gtol = 0, xtol = 0, ftol = 0, max_iter }) {
  let state = init(w), [f, ...g] = fg(w), moved = Infinity, changed = Infinity;
  const path = [w], values = [f], norms = [norm(g)];
  for (let k = 0;; k++) {
    const size = norms[k], finite = Number.isFinite(f) && Number.isFinite(size);
    let status = "";
    if (!finite && k === 0) status = "undefined";
    else if (!(finite && norm(w) <= DIVERGENCE_BOUND)) status = "diverged";
    else if (size <= gtol && gtol > 0) status = "gtol";
    else if (moved <= xtol && xtol > 0) status = "xtol";
    else if (changed <= ftol && ftol > 0) status = "ftol";
    else if (k === max_iter) status = "max_iter";
    if (status) return { path, values, norms, status };
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
  }
}

// --- stochastic.py: the mean of [f, ...gradient] over rows of data
function mean(rows, term) {
  const [first, ...others] = rows, sum = term(first);
  for (const row of others) {
    term(row).forEach((t, i) => {
      sum[i] += t;
    });
  }
  return sum.map((s) => s / rows.length);
}

// batch(w, rows) gives [f, ...gradient], means over the rows; each epoch has its order of them
function sgd(batch, w, { init, update, lookahead }, orders, size, epochs) {
  let state = init(w);
  const path = [w], bounded = (v) => dot(v, v) <= DIVERGENCE_BOUND ** 2;
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
    }
    if (!(bounded(w) && Number.isFinite(batch(w, order)[0]))) return { path, status: "diverged" };
  }
  return { path, status: "epochs", epochs };
}

// --- sentence.py
const TAIL = 10;
const LONGEST_CYCLE = 8;
const GEOMETRIC = 0.99;
const TESTS = { xtol: "the step", ftol: "the change of f" };

function number(x, digits = 3) {
  const r = Number(x.toPrecision(digits)), size = Math.abs(r);
  const plain = r === 0 || (size >= 1e-3 && size < 1e5);
  return sign(plain ? String(r) : r.toExponential().replace("e+", "e"));
}

const place = (x) => (Math.abs(x) >= 1e5 ? number(x) : sign(String(Number(x.toFixed(3)))));
const sign = (text) => text.replace(/^-/, "−");
const point = (
  w,
  write,
) => (w.length === 1 ? write(w[0]) : `(${w.map((v) => write(v)).join(", ")})`);
const count = (n, thing = "step") => `${n} ${thing}${n === 1 ? "" : "s"}`;

function sentence({ name, label, eta }, { path, values, norms, status }, tests) {
  const one = path[0].length === 1, n = path.length - 1, last = path[n];
  const slope = one ? "|f′|" : "‖∇f‖", size = one ? `|${name}|` : "‖w‖";
  const start = `${label}η = ${number(eta)} from ${one ? `${name}₀ = ` : ""}${
    point(path[0], number)
  }: `;
  const step = (k) => norm(minus(path[k], path[k - 1]));
  const small = `${slope} ≤ ${number(tests.gtol)}`,
    where = `${one ? `${name} ≈ ` : "about "}${point(last, place)}`;
  const way = motion(path, one);
  if (status === "undefined") {
    return `${start}f or its slope is not a finite number there, so no step can be taken.`;
  }
  if (status === "gtol") {
    if (n === 0) return `${start}already flat, ${small}, so no step is taken.`;
    if (n === 1) return `${start}one step and it is there, ${where}: ${small}.`;
    if (step(n) <= GEOMETRIC * step(n - 1)) {
      return `${start}${way} and converges to ${where}: ${small} after ${n} steps.`;
    }
    return `${start}${way} and stops on nearly flat ground at ${where}: ${small} after ${n} steps.`;
  }
  if (status in TESTS) {
    return `${start}${way} and is stopped at ${where}: ${TESTS[status]} is at most ${
      number(tests[status])
    } ` +
      `after ${count(n)}, and ${slope} is ${number(norms[n])}.`;
  }
  if (status === "diverged") {
    if (norm(last) <= DIVERGENCE_BOUND && !(values[n] > values[0])) {
      return `${start}${way} and ends after ${
        count(n)
      } at ${where}: f or its slope is not a finite number there.`;
    }
    const far = DIVERGENCE_BOUND < norm(last) && norm(last) < Infinity
      ? `${size} > ${number(DIVERGENCE_BOUND)}`
      : "no finite number";
    return `${start}${way} and diverges: ${far} after ${count(n)}.`;
  }
  return start +
    unfinished(path, way, `${slope} = ${number(norms[n])}`, size, values[n] > values[0]);
}

function noisySentence(eta, size, rows, { path, values, status, epochs }) {
  const n = path.length - 1;
  const start =
    `η = ${number(eta)} from ${path[0].length === 1 ? "w₀ = " : ""}${point(path[0], number)}, ` +
    `${size} of ${count(rows, "point")} a step: `;
  if (status === "diverged") return `${start}diverges after ${count(n)}.`;
  const last = values.slice(n - Math.ceil(rows / size));
  return `${start}after ${count(n)}, ${count(epochs, "epoch")}, f went from ${
    number(values[0])
  } to ${number(values[n])}; ` +
    `in the last epoch it kept between ${number(Math.min(...last))} and ${
      number(Math.max(...last))
    }.`;
}

function unfinished(path, way, slope, size, rose) {
  const n = path.length - 1, last = path[n], tail = path.slice(-TAIL - 1);
  const sizes = tail.slice(1).map((w, i) => norm(minus(w, tail[i])));
  const every = (test) => sizes.every((b, i) => i === 0 || test(sizes[i - 1], b));
  const growing = sizes.length > 1 && every((a, b) => b > a * (1 + 1e-9));
  if (growing && rose) {
    return `${way} and diverges: ${size} = ${number(norm(last))} after ${count(n)} and growing.`;
  }
  if (growing || every((a, b) => b < a * (1 - 1e-9))) {
    return `${way}, not there yet: ${slope} after ${count(n)}.`;
  }
  const undecided = "neither converges nor diverges";
  for (let period = 2; period <= Math.min(LONGEST_CYCLE, n); period++) {
    if (norm(minus(last, path[n - period])) <= 1e-3 * sizes[sizes.length - 1]) {
      return `${undecided}: a cycle of ${period} points${
        between(path)
      }, still going after ${n} steps.`;
    }
  }
  if (last.length === 1 && way !== "moves one way") {
    return `${undecided}: wanders${between(path)}, still going after ${count(n)}.`;
  }
  return `${way}, not there yet: ${slope} after ${count(n)}.`;
}

function between(path) {
  if (path[0].length > 1) return "";
  const half = path.slice(Math.floor((path.length - 1) / 2)).map(([w]) => w);
  return ` between ${place(Math.min(...half))} and ${place(Math.max(...half))}`;
}

function motion(path, one) {
  const n = path.length - 1;
  if (n === 1) return "takes one step";
  let turns = 0, lately = 0; // how often it turned back, and how often without a break up to the end
  for (let k = 1; k < n; k++) {
    const back = turnsBack(path[k - 1], path[k], path[k + 1]);
    turns += back;
    lately = back ? lately + 1 : 0;
  }
  if (!turns) return one ? "moves one way" : "never turns back";
  if (lately >= Math.min(TAIL, n - 1)) return one ? "alternates sides" : "zig-zags";
  return `turns back ${count(turns, "time")}`;
}

function turnsBack(a, b, c) {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (b[i] - a[i]) * (c[i] - b[i]);
  return sum < 0;
}
