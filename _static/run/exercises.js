// Exercises keep count: solved, tried, open. In this browser only; a file carries it elsewhere.
(() => {
  const book = (globalThis.downhill ??= {});
  const KEY = "downhill-exercises"; // exercise -> "solved" or "tried"
  const OURS = /^downhill-(code|exercises|guess)/; // what a file carries
  const WORDS = { solved: "solved", tried: "tried, not solved yet" };

  const read = () => JSON.parse(book.memory.get(KEY) ?? "{}");

  /** What a check has printed says how the exercise stands; solved stays solved. */
  function judge({ id }, printed) {
    const said = printed.match(/^(Correct|Not yet|Not answered yet)/gm) ?? [];
    const all = read(), right = said.length > 0 && said.every((word) => word === "Correct");
    if (right) all[id] = "solved";
    else if (said.includes("Not yet")) all[id] ??= "tried";
    book.memory.set(KEY, JSON.stringify(all));
    show();
  }

  function count(ids, all) {
    const solved = ids.filter((id) => all[id] === "solved").length,
      tried = ids.filter((id) => all[id] === "tried").length;
    return `${solved} of ${ids.length} solved` + (tried ? `, ${tried} tried` : "");
  }

  /** Beside each exercise how it stands; under the heading how many do. */
  function show() {
    const all = read();
    for (const box of document.querySelectorAll(".exercise.admonition[id]")) {
      const title = box.querySelector(".admonition-title"), state = all[box.id];
      const mark = title.querySelector(".dh-mark") ?? book.add(title, "span", { class: "dh-mark" });
      mark.textContent = state ? WORDS[state] : "";
      mark.classList.toggle("dh-solved", state === "solved");
    }
    for (const [ids, place] of book.counts) place.textContent = count(ids, all);
  }

  // --- to a file and back

  function save() {
    const kept = Object.keys(localStorage).filter((key) => OURS.test(key)).map((
      key,
    ) => [key, localStorage.getItem(key)]);
    const file = new Blob([JSON.stringify(Object.fromEntries(kept), null, 1)], {
      type: "application/json",
    });
    book.download(file, "downhill-exercises.json");
  }

  /** Nothing that was solved becomes unsolved. */
  async function restore(file, told) {
    try {
      const kept = JSON.parse(await file.text());
      const entries = Object.entries(kept).filter(([key, value]) =>
        OURS.test(key) && typeof value === "string"
      );
      if (!entries.length) throw new Error("there is nothing of this book in it");
      const merged = { ...read(), ...JSON.parse(kept[KEY] ?? "{}") };
      for (const [id, state] of Object.entries(read())) if (state === "solved") merged[id] = state;
      for (const [key, value] of entries) book.memory.set(key, value);
      book.memory.set(KEY, JSON.stringify(merged));
      told.textContent = "Loaded. Other pages show it when they are opened.";
      show();
    } catch (error) {
      told.textContent = `“${file.name}” could not be read: ${error.message}.`;
    }
  }

  function offer(place) {
    book.button(place, "Save to a file", "Save answers and counts to a file", save);
    const field = book.add(place, "input", {
      type: "file",
      accept: ".json,application/json",
      hidden: "",
    });
    const told = book.add(place, "span", { role: "status" });
    field.addEventListener("change", () => field.files[0] && restore(field.files[0], told));
    place.insertBefore(
      book.button(
        place,
        "Load from a file",
        "Load answers and counts from a file",
        () => field.click(),
      ),
      told,
    );
  }

  // --- where the counts stand

  /** Under the heading of the exercises on a chapter's page. */
  function onChapter() {
    const boxes = [...document.querySelectorAll(".exercise.admonition[id]")];
    const section = boxes[0]?.closest("section:has(> h2)");
    if (!section) return;
    const place = document.createElement("p");
    place.className = "dh-count";
    section.querySelector("h2").after(place);
    book.counts.push([boxes.map((box) => box.id), book.add(place, "span")]);
    book.add(place, "span", {}, "Kept in this browser only.");
    offer(place);
  }

  /** On the contents page: every chapter that has exercises, as the build has listed them. */
  function onContents(list) {
    const place = document.createElement("section");
    place.className = "dh-count dh-contents";
    document.querySelector("article").append(place);
    book.add(place, "h2", {}, "Your exercises");
    book.add(
      place,
      "p",
      {},
      "What the checks have said is kept in this browser only, and sent nowhere.",
    );
    const rows = book.add(place, "ul");
    for (const { title, page, ids } of JSON.parse(list.textContent)) {
      const row = book.add(rows, "li");
      book.add(row, "a", { href: page }, title);
      book.counts.push([ids, book.add(row, "span")]);
    }
    offer(book.add(place, "p"));
  }

  // --- assignments: the notebook with the reader's answers in it

  /** @param {string} address of the notebook as the book gives it */
  async function withAnswers(address) {
    const notebook = await (await fetch(address)).json();
    const textOf = ({ source }) => [source].flat().join("").trimEnd();
    for (const cell of book.cells.filter(({ changed }) => changed)) {
      const its = notebook.cells.find((other) =>
        other.cell_type === "code" && textOf(other) === cell.source
      );
      if (its) Object.assign(its, { source: cell.text, outputs: [], execution_count: null });
    }
    book.download(
      new Blob([JSON.stringify(notebook, null, 1)], { type: "application/json" }),
      address.split("/").pop(),
    );
  }

  function onAssignment() {
    const address = document.querySelector('a.btn-download-source-button[href$=".ipynb"]')?.href;
    if (!address || !book.cells.some((cell) => cell.check && !cell.check.exercise)) return;
    const place = document.createElement("p");
    place.className = "dh-count";
    document.querySelector("section > h1").after(place);
    book.add(
      place,
      "span",
      {},
      "You can try your code here. Answers in words are written in the notebook.",
    );
    const told = book.add(place, "span", { role: "status" });
    const save = () =>
      withAnswers(address).catch(() => {
        told.textContent = "The notebook could not be fetched.";
      });
    place.insertBefore(
      book.button(place, "Download with my code", "Download the notebook with my code in it", save),
      told,
    );
  }

  function start() {
    book.counts = []; // [exercises, the element that says how many are solved]
    const list = document.getElementById("dh-exercises");
    if (list) onContents(list);
    else onChapter();
    onAssignment();
    show();
  }

  /** Give the reader a file. */
  book.download = (file, name) => {
    const link = Object.assign(document.createElement("a"), {
      href: URL.createObjectURL(file),
      download: name,
    });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  };
  book.judge = judge;
  globalThis.widgetPlayer.arriving(":root", start);
})();
