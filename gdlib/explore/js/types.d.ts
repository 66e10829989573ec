// The shapes that travel: from Python to the picture, and between its parts.

/** A point: one coordinate or two. */
export type Point = number[];

/** The low and the high end of an axis. */
export type Ends = [number, number];

/** What computes f and its gradient at a point, as [f, ∂f/∂w] or [f, ∂f/∂x, ∂f/∂y]. */
export type Computes = (w: Point) => number[];

/** An update rule: from a gradient and what it remembers to a step and what it remembers then. */
export interface Rule {
  init(w: Point): any;
  update(gradient: Point, memory: any, w: Point): [Point, any];
  lookahead?(memory: any, w: Point): Point;
  velocity?(memory: any): Point;
  rates?(memory: any): Point;
}

/** A run asked for: a parameter is a number, or the name of the trait that a slider moves. */
export interface Asked {
  label: string;
  rule: string;
  parameters: Record<string, number | string>;
  rates?: number[]; // of a schedule: each step's share of eta
  roots?: string[]; // the traits that hold 1/eta of each step
}

/** The line from a point against its gradient (along.js): f there, at t. */
export interface Along {
  here: number;
  slope: number;
  value(t: number): number;
  ts: number[];
  heights: number[];
  accepted: number[][];
  tries: number[];
  lowest: number;
  longest: number;
}

/** A run that was made. */
export interface Run {
  path: Point[];
  values: number[];
  norms?: number[];
  memories?: any[];
  status: string;
  epochs?: number;
  numbers?: Numbers;
  sharpness?: number[]; // of a network, where it begins and where it ends
  radii?: Point[]; // of a swarm, after each step
  chains?: Float64Array[]; // x and y of each chain, in turn
  expected?: number[]; // of the mean of f
}

/** A network of some width (network.js). */
export interface Network {
  outputsAt(w: ArrayLike<number>, x: ArrayLike<number>): Float64Array;
  lossAt(w: ArrayLike<number>, g: Float64Array, rows: Point[], targets: number[]): number;
  start(normals: number[]): Float64Array;
}

/** Its training: all steps up to now, and what is needed to go on. */
export interface Training {
  number: number;
  network: Network;
  lossOf(w: ArrayLike<number>, g: Float64Array): number;
  w: Float64Array;
  g: Float64Array;
  memory: { v: Float64Array; s: Float64Array };
  step(w: Float64Array, g: Float64Array, eta: number, memory: Training["memory"], k: number): void;
  path: any[]; // of Float64Array: as points, but with no room for more
  values: number[];
  status: string;
}

/** A recorded run of the clinic (clinic.py). */
export interface Case {
  name: string;
  apart: number; // epochs from one reading to the next
  curves: Record<string, string>;
  said: Record<string, string>;
  line: string;
  tells: string; // for each run the instrument that tells the two apart
}

/** A node of a formula's graph, after those that it reads; an operand is a number, or null and the next source. */
export interface GraphNode {
  formula: string;
  operation: string; // "" for a leaf
  operands: (number | null)[];
  sources: number[];
  sign: string; // what stands in it
  pieces: string[]; // what is written around its operands' values
  spot: [number, number]; // its layer, and its place there
}

/** A use of a node in an operation, and the spots that its line leads through. */
export interface GraphEdge {
  source: number;
  target: number;
  way: [number, number][];
}

/** What the sweeps compute for each node; a slope for each of its sources. */
export interface Numbers {
  values: number[];
  slopes: number[][];
  arrivals: number[][];
  grads: number[];
}

/** A widget's state: the part of Backbone's model that anywidget passes on. */
export interface Model {
  get(name: string): any;
  set(name: string, value: unknown): void;
  save_changes(): void;
  on(event: string, listener: () => void): void;
}

/** An element to be drawn: made a node of a page by page.js, or text by still.js. */
export interface Mark {
  tag: string;
  attributes: Record<string, string | number>;
  children: Mark[];
  text?: string;
}

/** A box with axes: where numbers stand in it. */
export interface Place {
  X(v: number): number;
  Y(v: number): number;
  box: { x: number; y: number; width: number; height: number };
  xs: Ends;
  ys: Ends;
  width: number;
  height: number;
  axes: Mark;
  names: Mark;
  clip: Mark;
}

/** Something to take hold of on the picture: it moves these traits. */
export interface Grip {
  traits: string[];
  at: Point;
  says: Point;
  label: string;
  r: number;
  across?: number; // so far it reaches to both sides, where it is no circle
  hidden?: boolean;
  value?(at: Point): Point; // of the traits, where it is moved along a line of its own
}

/**
 * Work too long for one frame: done anew when the key is another; what it yields says whether to
 * draw.
 */
export interface Work {
  key: string;
  steps(): Generator<boolean | void, void, void>;
}

/** Lays out a panel's box: the ends of both axes, and how their numbers are written. */
export type Axes = (
  xs: Ends,
  ys: Ends,
  write?: { x?: (v: number) => string; y?: (v: number) => string },
) => Place;

/** What one panel draws: `under` below the axes, `marks` above them and inside the box. */
export interface Drawing {
  place: Place;
  under?: Mark[];
  marks: Mark[];
  grips?: Grip[];
}

/** One part of a picture: its axes, what is drawn, what is spoken, what can be moved. */
export interface Panel {
  class?: string;
  names(state: State): [string, string];
  told: string;
  elsewhere?: boolean; // it is no ground: the start is not on it
  half?: boolean; // as wide as half of all, beside another
  share?: number; // of the width, where it stands beside the ground; else 0.4
  height(width: number, state: State): number;
  least?(state: State): number; // of width, to have another beside it
  draw(state: State, axes: Axes, size: [number, number]): Drawing;
  slow?(state: State, place: Place): Work;
  pointed?(state: State, at: [number, number]): string;
}

/**
 * What Python sent, and what follows from where the sliders stand (state.js): all that the panels
 * draw from.
 */
export interface State {
  get(name: string): any;
  colour(name: string): number[];
  image(width: number, height: number, colour: (i: number) => number[]): string;
  // what does not change
  names: string[];
  one: boolean;
  window: Ends[];
  runs: Asked[];
  start: string[];
  settings: Record<string, [number, number, number]>;
  minima: Point[];
  nodes: GraphNode[];
  net?: {
    inputs: number;
    outputs: number;
    labels: number[];
    normals: string[]; // of each draw the random numbers of its first weights
    made?: Training;
  };
  swarm: boolean;
  cases?: { labels: [string, string][]; beside: Case; runs: Case[] }; // of the clinic
  patience: number; // milliseconds of a training that are done at once
  points: [string, string][];
  predicted?: (w: Point, data: number[]) => number[];
  batch?: (w: Point, rows: number[]) => number[];
  at: Computes;
  // what does
  w0: Point;
  cloud: Point[];
  constants: number[];
  depends: string;
  tolerances: { gtol?: number; xtol?: number; ftol?: number; max_iter: number };
  results: Run[];
  sentences: string[];
  line?: Along & { k: number; w: Point; g: Point }; // of the step that is shown
  shown: number;
  sliders: Record<string, number>; // what those of the runs show
  turns: { until: number; was: Record<string, number> }[]; // moved while a run was played
  // what panels keep between drawings
  kept: Record<string, { causes: unknown[]; value: any }>;
  ground?: string;
  needs?: [number, number][];
  theme: number;
}
