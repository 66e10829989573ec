// Rules that look along the line before each step. Mirrors gdlib/linesearch.py; `at` is f with its
// gradient.
import { dot, gradientOf, minus } from "./descent.js";
import { each } from "./optimizers.js";

export const lineSearches = {
  armijo: ({ first, factor, c }, at) => ({
    init: () => 0,
    update(g, last, w) {
      const here = at(w)[0], slope = dot(g, g);
      const value = (t) => at(each((wi, gi) => wi - t * gi, w, g))[0];
      let t = first;
      while (!(value(t) <= here - c * t * slope) && t > 0) t *= factor;
      return [each((gi) => -t * gi, g), last];
    },
  }),

  exact: ({ part }, at) => ({
    init: (w) => hessian(at, w),
    update(g, H) {
      const slope = dot(g, g), t = slope && part * slope / dot(g, H.map((row) => dot(row, g)));
      return [each((gi) => -t * gi, g), H];
    },
  }),
};

// of a quadratic: what a step of 1 along an axis changes in the gradient
function hessian(at, w) {
  const flat = gradientOf(at(w.map(() => 0)));
  return w.map((_, i) => minus(gradientOf(at(w.map((_, j) => Number(i === j)))), flat));
}
