// The update rules. Mirrors gdlib/optimizers.py: state and gradient -> step and next state.
// A rule may also tell what it remembers: its velocity, as a step, or its rate for each coordinate.
// Thousands of steps a frame: no array that is not needed. A point has one coordinate or two.

export const each = (
  f,
  a,
  b = a,
) => (a.length === 1 ? [f(a[0], b[0])] : [f(a[0], b[0]), f(a[1], b[1])]);
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

export const optimizers = {
  gd: ({ eta }) => ({ init: () => 0, update: (g, k) => [each((gi) => -eta * gi, g), k + 1] }),

  momentum: ({ eta, beta }) => ({
    init: zeros,
    update(g, v) {
      v = each((vi, gi) => beta * vi + gi, v, g);
      return [each((vi) => -eta * vi, v), v];
    },
    velocity: (v) => each((vi) => -eta * beta * vi, v),
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
    rates: (s) => each((si) => eta / (Math.sqrt(si) + eps), s),
  }),

  rmsprop: ({ eta, decay, eps }) => ({
    init: zeros,
    update(g, v) {
      v = each((vi, gi) => decay * vi + (1 - decay) * gi * gi, v, g);
      return [each((r) => -eta * r, overRoot(g, v, eps)), v];
    },
    rates: (v) => each((vi) => eta / (Math.sqrt(vi) + eps), v),
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
    rates: ([t, , v]) => each((vi) => eta / (Math.sqrt(vi / (1 - b2 ** t)) + eps), v),
  }),

  adamw({ eta, beta1, beta2, eps, decay }) {
    const { update, ...adam } = optimizers.adam({ eta, beta1, beta2, eps });
    return {
      ...adam,
      update(g, memory, w) {
        const [step, after] = update(g, memory);
        return [each((si, wi) => si - eta * decay * wi, step, w), after];
      },
    };
  },
};
