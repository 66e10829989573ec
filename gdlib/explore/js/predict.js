// A guess before the run is seen: where it ends, in how many steps, or what becomes of it. It is
// held in traits, as the sliders are: a link keeps it, and Python can read it.
/** @import { State } from "./types.d.ts" */
import { CONVERGED, minus, norm } from "./descent.js";
import { outcomeAt } from "./regimes.js";
import { coordinate, count, point, short } from "./sentence.js";

const REGIMES = ["it converges", "it diverges", "neither, in the steps that it has"];
const OF_THE_BALL = [
  "it moves one way",
  "it oscillates",
  "it alternates sides",
  "it does not converge",
];

/** The regimes that there are to choose from: on the plane of the heavy ball its own. */
export const regimesOf = ({ get }) => get("spectrum").length ? OF_THE_BALL : REGIMES;

/** Whether the run is to be guessed first. */
export const waiting = ({ get }) => get("predict") !== "" && !get("guessed");

/** The traits that hold the guess of a place. */
export const guessed = ({ get, names }) =>
  get("predict") === "end" ? names.map((name) => `guess_${name}`) : [];

/** What the guess was, beside what came. */
export function verdict(state) {
  const { get, results: [{ path }] } = state, n = path.length - 1, predict = get("predict");
  if (predict === "steps") {
    const off = Math.abs(get("guess_steps") - n);
    const told = off ? `${off} ${get("guess_steps") > n ? "too many" : "too few"}` : "just so";
    return `You guessed ${count(get("guess_steps"))}; it took ${n}: ${told}.`;
  }
  if (predict === "regime") {
    const mine = get("guess_regime"), came = regimeOf(state);
    const regimes = regimesOf(state),
      told = mine === came ? "and so it is" : `but ${regimes[came]}`;
    return `You guessed: ${regimes[mine]}, ${told}.`;
  }
  if (state.net) return sharpnessVerdict(state);
  if (state.swarm) return widthVerdict(state);
  const guess = guessed(state).map(get), off = norm(minus(path[n], guess));
  const place = point(guess, coordinate), away = coordinate(off);
  if (!Number.isFinite(off)) return `You guessed ${place}; it ends nowhere.`;
  return `You guessed ${place}; it ended ${away} from there.`;
}

function widthVerdict({ get, names, results: [{ status, radii }] }) {
  const told = (r) => names.map((name, i) => `${short(r[i])} along ${name}`).join(" and ");
  const guess = `You guessed a radius of ${
    told(names.map((v) => Math.abs(get(`guess_${v}`)) / 2))
  }`;
  return `${guess}; it ${status === "diverged" ? "has no bound" : `is ${told(radii.at(-1))}`}.`;
}

function sharpnessVerdict({ get, results: [{ status, sharpness: [, end] }] }) {
  if (status === "training") return "";
  const guess = `You guessed ${short(get("guess_sharpness"))}`;
  return `${guess}; it ${end === undefined ? "ends nowhere" : `ended at ${short(end)}`}.`;
}

function regimeOf({ get, results: [{ status }], sentences: [said] }) {
  if (get("spectrum").length) return outcomeAt(get("eta") * get("spectrum")[0], get("beta"));
  if (CONVERGED.includes(status)) return 0;
  return status === "diverged" || said.includes("and diverges") ? 1 : 2;
}
