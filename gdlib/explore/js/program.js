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

/**
 * @param {{ inputs: number, constants: number[], code: any[][], results: number[] }} program
 * @param {number} variables  inputs that are the point's; all others are its data's
 */
export function compile(program, variables = program.inputs) {
  const { inputs, constants } = program, { code, fixed, results } = inOrder(program, variables);
  const first = inputs + constants.length, n = code.length, [f, g, h] = results;
  const r = new Float64Array(first + n);
  constants.forEach((c, i) => {
    r[inputs + i] = c ?? NaN;
  });
  const which = Int8Array.from(code, ([name]) => OPERATIONS.indexOf(name)),
    functions = code.map(([name]) => Math[name]);
  const [A, B, C] = [1, 2, 3].map((place) => Uint16Array.from(code, (read) => read[place] ?? 0));
  let given = /** @type {any} */ (r); // the data of the last call
  return (w, data) => {
    for (let i = 0; i < w.length; i++) r[i] = w[i];
    for (let i = w.length; i < inputs; i++) r[i] = data[i - w.length];
    const from = data === given ? fixed : 0;
    given = data;
    for (let i = from, k = first + from; i < n; i++, k++) {
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

// What no variable is in goes first: as long as the data are the same, so is what is computed of
// them, such as the cosine of an angle.
function inOrder({ inputs, constants, code, results }, variables) {
  const first = inputs + constants.length,
    moves = Array.from({ length: first }, (_, i) => i < variables);
  for (const [, ...read] of code) moves.push(read.some((i) => moves[i]));
  const order = [...code.keys()].sort((i, j) =>
    Number(moves[first + i]) - Number(moves[first + j])
  );
  const place = [...moves.keys()];
  order.forEach((i, k) => {
    place[first + i] = first + k;
  });
  return {
    code: order.map((i) => code[i].map((read) => typeof read === "number" ? place[read] : read)),
    fixed: order.filter((i) => !moves[first + i]).length,
    results: results.map((i) => place[i]),
  };
}
