// The worker in which Python runs, so that the page stays quick and can always stop it. It fetches
// Pyodide and the archives of modules, tells how far it is, and hands the page's cells to cells.py.

/**
 * @typedef {{url: string, bytes: number, packed?: boolean, sha256?: string}} File
 * @typedef {{modules: string, needs: string[], files: File[]}} Archive
 * @typedef {{base: string, cells: string, core: Object<string, File>,
 *   archives: Object<string, Archive>, widgets: string[]}} Manifest
 *
 * What the page asks for. Taken back, the address stops a run:
 * @typedef {{kind: "start", manifest: Manifest, address: string}} Start
 * @typedef {{kind: "run", cells: number[], texts: string[], address: string}} Run
 * @typedef {{kind: "comm", state: Object<string, Object>, address: string}} Moved   by widget
 */

const SITE = "/lib/python3.12/site-packages";
let manifest, python, cells;
const arrived = new Map(); // a file's address -> its bytes
const underway = new Map(); // the name of a file that Pyodide will fetch -> its stream
const post = (kind, content = {}) => postMessage({ kind, ...content });

// --- fetching, with progress

const progress = { done: 0, total: 0, told: 0 };

function tellProgress() {
  if (Date.now() - progress.told < 100 && progress.done < progress.total) return;
  progress.told = Date.now();
  post("progress", { done: progress.done, total: progress.total });
}

const plainFetch = self.fetch.bind(self);

/** @param {File} file @returns {Promise<ReadableStream>} its content, unpacked and counted */
async function stream(file) {
  progress.total += file.bytes;
  const answer = await plainFetch(file.url);
  if (!answer.ok) throw new Error(`${file.url} did not come (${answer.status})`);
  const counted = new TransformStream({
    transform(chunk, out) {
      progress.done += chunk.length;
      tellProgress();
      out.enqueue(chunk);
    },
  });
  const content = answer.body.pipeThrough(counted);
  return file.packed ? content.pipeThrough(new DecompressionStream("gzip")) : content;
}

const contentTypes = { wasm: "application/wasm", json: "application/json" };

/** What Pyodide fetches by itself comes from where the manifest says; it is to know no packages. */
self.fetch = async (address, options) => {
  const name = String(address.url ?? address).split("/").pop(), file = manifest.core[name];
  const headers = {
    "Content-Type": contentTypes[name.split(".").pop()] ?? "application/octet-stream",
  };
  if (name === "pyodide-lock.json") return new Response(JSON.stringify(manifest.lock), { headers });
  if (!file) return plainFetch(address, options);
  const content = underway.get(name) ?? stream(file);
  underway.delete(name);
  return new Response(await content, { headers });
};

async function bring(name) {
  await Promise.all(manifest.archives[name].files.map(async (file) => {
    if (!arrived.has(file.url)) {
      arrived.set(file.url, await new Response(await stream(file)).arrayBuffer());
    }
  }));
}

/** The bytes of a file for an import that nobody foresaw: Python waits for them. */
function archive(address) {
  if (!arrived.has(address)) {
    const request = new XMLHttpRequest();
    request.open("GET", address, false);
    request.responseType = "arraybuffer";
    request.send();
    arrived.set(address, request.response);
  }
  const bytes = new Uint8Array(arrived.get(address));
  arrived.delete(address); // it is asked for once
  return bytes;
}

// --- stopping: the page takes an address back, and whoever looks for it finds it gone

function isThere(address) {
  try {
    const request = new XMLHttpRequest();
    request.open("GET", address, false);
    request.send();
    return true;
  } catch {
    return false;
  }
}

/** What Python looks into while it runs: 2 is an interrupt. */
function signals(address) {
  let looked = performance.now(), stopped = false;
  return {
    get 0() {
      if (stopped || performance.now() - looked < 100) return 0;
      looked = performance.now();
      stopped = !isThere(address);
      return stopped ? 2 : 0;
    },
    set 0(_) {/* Python has seen it */},
  };
}

// --- what the page asks for

const answers = {
  async start(message) {
    manifest = message.manifest;
    tryWebAssembly();
    // all at once: Pyodide would ask for one after another
    for (const name in manifest.core) underway.set(name, stream(manifest.core[name]));
    const first = ["numpy", "gdlib"].map(bring);
    const text = plainFetch(manifest.cells).then((answer) => answer.text());
    importScripts(new URL("pyodide.js", manifest.base));
    python = await loadPyodide({
      indexURL: manifest.base,
      stdLibURL: `${manifest.base}python_stdlib.zip`,
    });
    await Promise.all(first);
    python.registerJsModule("page", {
      post: (kind, json) => post(kind, JSON.parse(json)),
      archive,
    });
    python.FS.writeFile(`${SITE}/cells.py`, await text);
    cells = python.pyimport("cells");
    cells.start(JSON.stringify(manifest));
    post("ready", { stoppable: isThere(message.address) });
  },

  async run(message) {
    const request = JSON.stringify(message);
    const { archives, cells: earlier } = JSON.parse(cells.plan(request));
    post("planned", { earlier });
    Object.assign(progress, { done: 0, total: 0 });
    await Promise.all(archives.map(bring));
    interruptibly(message.address, () => cells.run(request));
    post("idle");
  },

  comm(message) {
    interruptibly(message.address, () => cells.hear(JSON.stringify(message.state)));
    post("heard");
  },
};

/** Some sites forbid it, and Pyodide would wait for ever. */
function tryWebAssembly() {
  try {
    new WebAssembly.Module(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0])); // the smallest there is
  } catch {
    throw new Error("this site does not let WebAssembly run");
  }
}

function interruptibly(address, deed) {
  if (address) python.setInterruptBuffer(signals(address));
  try {
    deed();
  } finally {
    python.setInterruptBuffer(); // the address is taken back in the end: that is to stop nothing
  }
}

self.onmessage = async ({ data }) => {
  try {
    await answers[data.kind](data);
  } catch (error) {
    post("failed", { why: String(error.message ?? error) });
  }
};
