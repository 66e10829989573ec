// Comes when a reader begins to write: a field over the printed code, coloured as it is written.
(() => {
  const book = globalThis.downhill;
  const TAB = "    ";

  // --- colours, in the classes of the page's own

  const KEYWORDS =
    "and|as|assert|async|await|break|class|continue|def|del|elif|else|except|finally|for|from|" +
    "global|if|import|in|is|lambda|nonlocal|not|or|pass|raise|return|try|while|with|yield";
  const BUILT_IN =
    "abs|all|any|bool|dict|enumerate|float|int|len|list|map|max|min|print|range|reversed|round|" +
    "set|sorted|str|sum|tuple|type|zip";
  const STRING = `[rbfuRBFU]{0,2}(?:"""[^]*?(?:"""|$)|'''[^]*?(?:'''|$)|` +
    `"(?:\\\\.|[^"\\\\\n])*"?|'(?:\\\\.|[^'\\\\\n])*'?)`;
  const TOKEN = new RegExp(
    `(?<c1>#.*)|(?<s1>${STRING})|(?<n>[A-Za-z_]\\w*)|(?<mi>\\d[\\d_.]*(?:[eE][+-]?\\d+)?)`,
    "g",
  );
  const WORDS = [[/^(False|None|True)$/, "kc"], [RegExp(`^(${KEYWORDS})$`), "k"], [
    RegExp(`^(${BUILT_IN})$`),
    "nb",
  ]];

  function paint(pre, text) {
    const parts = [];
    let end = 0;
    for (const { 0: token, index, groups } of text.matchAll(TOKEN)) {
      let kind = Object.keys(groups).find((name) => groups[name] !== undefined);
      if (kind === "n") kind = WORDS.find(([words]) => words.test(token))?.[1] ?? "n";
      const part = document.createElement("span");
      part.className = kind;
      part.textContent = token;
      parts.push(text.slice(end, index), part);
      end = index + token.length;
    }
    pre.replaceChildren(...parts, text.slice(end) + "\n");
  }

  // --- writing: Tab goes on to the next thing on the page, as everywhere

  const PAIRS = { "(": ")", "[": "]", "{": "}", '"': '"', "'": "'" };

  /** Type as the reader would, so that Undo undoes it. */
  const type = (text) => document.execCommand(text ? "insertText" : "delete", false, text);

  function newLine(area) {
    const line = area.value.slice(0, area.selectionStart).split("\n").pop();
    const deeper = /:\s*(#.*)?$/.test(line) ? TAB : "";
    type("\n" + /^ */.exec(line)[0] + deeper);
  }

  function indent(area, deeper) {
    const { value, selectionStart, selectionEnd } = area;
    const from = value.lastIndexOf("\n", selectionStart - 1) + 1;
    const lines = value.slice(from, selectionEnd).split("\n");
    const moved = lines.map((line) => (deeper ? TAB + line : line.replace(/^ {1,4}/, ""))).join(
      "\n",
    );
    area.setSelectionRange(from, selectionEnd);
    type(moved);
    area.setSelectionRange(from, from + moved.length);
  }

  /** Whether the key is ours; then what it does is done. */
  function press(area, { key, ctrlKey, metaKey }) {
    const { value, selectionStart: at, selectionEnd: end } = area;
    const next = value[end] ?? "", line = value.slice(0, at).split("\n").pop();
    if ((ctrlKey || metaKey) && "[]".includes(key)) indent(area, key === "]");
    else if (ctrlKey || metaKey) return false;
    else if (key === "Enter") newLine(area);
    else if (key === "Backspace" && at === end && /^( {4})+$/.test(line)) {
      indent(area, false), area.setSelectionRange(at - 4, at - 4);
    } else if (at === end && Object.values(PAIRS).includes(key) && next === key) {
      area.setSelectionRange(at + 1, at + 1);
    } else if (
      PAIRS[key] && /^[\s)\]},:]?$/.test(next) && !(/["']/.test(key) && /\w$/.test(line))
    ) surround(area, key);
    else return false;
    return true;
  }

  function surround(area, opening) {
    const { value, selectionStart: at, selectionEnd: end } = area;
    type(opening + value.slice(at, end) + PAIRS[opening]);
    area.setSelectionRange(at + 1, end + 1);
  }

  /** Lay a field over a cell's code; `take` gets every text that the reader makes of it. */
  function open(cell, { take, run }) {
    const frame = cell.pre.parentElement;
    frame.classList.add("dh-editor");
    const area = book.add(frame, "textarea", {
      spellcheck: "false",
      autocapitalize: "off",
      autocomplete: "off",
      rows: 1,
      "aria-label": `Code of cell ${cell.index + 1}`,
      "aria-describedby": "dh-keys",
    });
    area.value = cell.text;
    cell.pre.setAttribute("aria-hidden", "true");
    const changed = () => {
      paint(cell.pre, area.value);
      take(area.value);
    };
    area.addEventListener("input", changed);
    area.addEventListener("keydown", (event) => {
      if (event.isComposing || event.altKey) return;
      const runs = event.key === "Enter" && (event.shiftKey || event.ctrlKey || event.metaKey);
      if (runs) run();
      if (runs || press(area, event)) event.preventDefault();
    });
    changed();
    return area;
  }

  book.open = open;
})();
