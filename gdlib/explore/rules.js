// The one thing written twice: gradient descent, its tests, and the sentence about it.
// Mirrors gdlib/optimizers.py, gdlib/descent.py and gdlib/explore/sentence.py line by line.
// A test in a real browser compares both languages over the whole range of the sliders.

const DIVERGENCE_BOUND = 1e20;
const TAIL = 10;
const LONGEST_CYCLE = 8;
const GEOMETRIC = 0.99;

// --- optimizers.py: w <- w - eta * gradient
const gd = (w, slope, eta) => w - eta * slope;

// --- descent.py: fg(w) gives [f(w), f'(w)]
function descend(fg, w0, eta, gtol, maxIter) {
  const path = [w0], values = [], slopes = [];
  for (let k = 0; ; k++) {
    const w = path[k], [f, slope] = fg(w);
    values.push(f);
    slopes.push(slope);
    const finite = Number.isFinite(w) && Number.isFinite(f) && Number.isFinite(slope);
    let status = "";
    if (!finite && k === 0) status = "undefined";
    else if (!finite || Math.abs(w) > DIVERGENCE_BOUND) status = "diverged";
    else if (gtol > 0 && Math.abs(slope) <= gtol) status = "gtol";
    else if (k === maxIter) status = "max_iter";
    if (status) return { path, values, slopes, status };
    path.push(gd(w, slope, eta));
  }
}

// --- sentence.py
function number(x) {
  const r = Number(x.toPrecision(3)), size = Math.abs(r);
  const plain = r === 0 || (size >= 1e-3 && size < 1e5);
  return minus(plain ? String(r) : r.toExponential().replace("e+", "e"));
}

function place(w) {
  return Math.abs(w) >= 1e5 ? number(w) : minus(String(Number(w.toFixed(3))));
}

const minus = (text) => text.replace(/^-/, "−");

const count = (n, thing = "step") => (n === 1 ? `${n} ${thing}` : `${n} ${thing}s`);

function motion(steps) {
  const turns = steps.slice(1).map((b, i) => steps[i] * b < 0);
  if (!turns.includes(true)) return "moves one way";
  if (!turns.slice(-TAIL).includes(false)) return "alternates sides";
  return `turns back ${count(turns.filter(Boolean).length, "time")}`;
}

function sentence(name, eta, { path, slopes, status }, gtol) {
  const start = `η = ${number(eta)} from ${name}₀ = ${number(path[0])}: `;
  const steps = path.slice(1).map((w, i) => w - path[i]);
  const n = steps.length, last = path[n];
  if (status === "undefined")
    return `${start}f or its slope is not a finite number there, so no step can be taken.`;
  const small = `|f′| ≤ ${number(gtol)}`;
  if (status === "gtol") {
    const where = `${name} ≈ ${place(last)}`;
    if (n === 0) return `${start}already flat, ${small}, so no step is taken.`;
    if (n === 1) return `${start}one step and it is there, ${where}: ${small}.`;
    if (Math.abs(steps[n - 1]) <= GEOMETRIC * Math.abs(steps[n - 2]))
      return `${start}${motion(steps)} and converges to ${where}: ${small} after ${n} steps.`;
    return `${start}${motion(steps)} and stops on nearly flat ground at ${where}: ${small} after ${n} steps.`;
  }
  if (status === "diverged") {
    const far = Math.abs(last) > DIVERGENCE_BOUND && Number.isFinite(last)
      ? `|${name}| > ${number(DIVERGENCE_BOUND)}` : "no finite number";
    return `${start}${motion(steps)} and diverges: ${far} after ${count(n)}.`;
  }
  return start + unfinished(name, path, steps, slopes[n]);
}

function unfinished(name, path, steps, slope) {
  const n = steps.length, last = path[n];
  const sizes = steps.slice(-TAIL).map(Math.abs);
  const every = (test) => sizes.every((b, i) => i === 0 || test(sizes[i - 1], b));
  if (sizes.length > 1 && every((a, b) => b > a * (1 + 1e-9)))
    return `${motion(steps)} and diverges: |${name}| = ${number(Math.abs(last))} after ${count(n)} and growing.`;
  if (every((a, b) => b < a * (1 - 1e-9)))
    return `${motion(steps)}, not there yet: |f′| = ${number(Math.abs(slope))} after ${count(n)}.`;
  const half = path.slice(Math.floor(n / 2));
  const between = `between ${place(Math.min(...half))} and ${place(Math.max(...half))}`;
  for (let period = 2; period <= Math.min(LONGEST_CYCLE, n); period++)
    if (Math.abs(last - path[n - period]) <= 1e-3 * sizes[sizes.length - 1])
      return `neither converges nor diverges: a cycle of ${period} points ${between}, still going after ${n} steps.`;
  return `neither converges nor diverges: wanders ${between}, still going after ${count(n)}.`;
}
