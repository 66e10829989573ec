// A formula's instructions (program.py), made into a function of a point, and of further numbers: a
// point of the data, or constants. Many sites forbid their pages to run text as a program.

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

export function compile({ inputs, constants, code, results: [f, g, h] }) {
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
