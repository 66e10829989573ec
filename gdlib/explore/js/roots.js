// Steps that are planned for a quadratic, as the roots of a polynomial, and in words. Mirrors
// gdlib/explore/roots.py.
import { short } from "./sentence.js";

const SPECTRUM = 4000; // places of it, closer at its ends, where Chebyshev's polynomials turn

/** The polynomial with these roots and p(0) = 1, at x. */
export function factorAt(roots, x) {
  let product = 1;
  for (const root of roots) product *= 1 - x / root;
  return product;
}

/** The largest size of the polynomial from low to high. */
export function largestFactor(roots, [low, high]) {
  const middle = (low + high) / 2, half = (high - low) / 2;
  let largest = 0;
  for (let k = 0; k <= SPECTRUM; k++) {
    const x = middle - half * Math.cos(Math.PI * k / SPECTRUM);
    largest = Math.max(largest, Math.abs(factorAt(roots, x)));
  }
  return largest;
}

export function rootsWords(label, roots, spectrum, { values, status }) {
  const ends = spectrum.map((v) => short(v)).join(" to ");
  const [shortest, longest] = [1 / Math.max(...roots), 1 / Math.min(...roots)];
  const start =
    `${label}: ${roots.length} steps from ${short(shortest)} to ${
      short(longest)
    }; |p| is at most ` +
    `${short(largestFactor(roots, spectrum))} from ${ends}. `;
  if (status === "diverged") return `${start}The run diverges.`;
  if (!(values[0] > 0)) return `${start}The run stays where it is.`;
  const shares = values.map((value) => value / values[0]), highest = Math.max(...shares);
  const top = shares.indexOf(highest);
  const rises = top
    ? `rises to ${short(highest)} times its start at step ${top}`
    : "is never higher than at the start";
  return `${start}f ${rises} and ends at ${short(shares[shares.length - 1])} of it.`;
}
