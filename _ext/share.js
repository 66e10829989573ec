// The address holds the pictures' state: #explorer-1&eta=0.3&w0=1.6 (and so on for further ones). And the buttons below a
// picture: a link to it, the HTML that shows it in a frame, the full screen. The player fetches this when it wakes one.
const COPY = "Copy link to this picture";

function keep(link) { // in the address, where the page may write it
  try {
    history.replaceState(null, "", link);
    return true;
  } catch {
    return false;
  }
}

// what the address asks for: the names of explorers, each followed by its numbers
function asked(hash) {
  let text = hash.slice(1);
  try {
    text = decodeURIComponent(text);
  } catch { /* a stray % stays as it is */ }
  return text.replace(/&(amp;)+/g, "&").split("&"); // programs write & in links as &amp;
}

// For a lecture: the picture alone, with large letters.
function fullScreen(box, button) {
  if (!document.fullscreenEnabled) return;
  const here = () => document.fullscreenElement === box;
  const node = button("Full screen", () => {
    if (here()) document.exitFullscreen();
    else box.requestFullscreen().catch(() => node.remove());
  });
  box.addEventListener("fullscreenchange", () => {
    node.textContent = here() ? "Leave full screen" : "Full screen";
  });
}

const escaped = (text) => text.replace(/&/g, "&amp;").replace(/"/g, "&quot;");

// what a learning system's page takes
function frame(folder, id, state, title) {
  const page = location.pathname.split("/").pop().replace(/\.html$/, "") || "index";
  const source = `${folder}${page}-${id.split("-")[1]}.html${state}`;
  return `<iframe src="${escaped(source)}" title="${escaped(title)}" ` +
    `width="100%" height="640" allow="fullscreen; clipboard-write"></iframe>`;
}

// of the player: the explorers of the page by their names, and how it reads, writes and wakes them
export default ({ explorers, read, format, add, wake }) => {
  const settings = ({ picture }) => Object.keys(picture.get("settings"));

  function address(chosen) {
    const told = ([id, explorer]) => [
      id,
      ...settings(explorer).map((key) => `${key}=${format(explorer.picture.get(key))}`),
    ];
    return `#${chosen.flatMap(told).join("&")}`;
  }

  // an address, as far as it is about these; that of the page may be another meanwhile: a slider has come to rest
  async function follow(ids, hash) {
    const refused = new Map(); // where it is told -> why not
    let explorer;
    for (const part of asked(hash)) {
      const [key, value] = part.split("=");
      if (value === undefined) {
        explorer = ids.includes(key) ? explorers.get(key) : undefined;
        if (!explorer) continue;
        await wake(explorer.box);
        explorer.box.scrollIntoView({ block: "center" });
      } else if (explorer) {
        const { picture, no } = explorer, limits = picture.get("settings");
        const why = key in limits
          ? read(value, limits[key], (v) => picture.set(key, v))
          : "there is no such number";
        if (why) refused.set(no, [...(refused.get(no) ?? []), `${key}: ${why}`]);
        else explorer.moved = true;
      }
    }
    for (const [no, why] of refused) {
      no.textContent = `Of the link this could not be read: ${why.join("; ")}.`;
    }
  }

  function addButtons(id, embed) {
    const explorer = explorers.get(id), { box, picture, no } = explorer;
    function button(text, click) {
      const node = add(box, "button", { type: "button" }, text);
      node.addEventListener("click", click);
      return node;
    }
    const link = button(COPY, copy);
    if (embed) button("Embed", () => give(framed(), "HTML to embed this picture"));
    fullScreen(box, button);
    const field = add(box, "textarea", { class: "dh-link-text", readonly: "", hidden: "" });
    box.append(no);
    let copied, resting; // browsers refuse to change the address with every pixel
    function changed() {
      explorer.moved = true;
      clearTimeout(resting);
      resting = setTimeout(() => keep(address([...explorers].filter(([, e]) => e.moved))), 300);
      if (no.textContent) no.textContent = "";
      if (copied) link.textContent = COPY; // what was copied is another picture's
      copied = false;
      field.hidden = true;
    }
    for (const key of settings(explorer)) picture.on(`change:${key}`, changed);
    const framed = () =>
      frame(embed, id, address([["explorer-1", explorer]]), picture.get("title"));
    function give(text, label) {
      field.value = text;
      field.setAttribute("aria-label", label);
      field.hidden = false;
      field.select();
    }
    async function copy() {
      const to = address([[id, explorer]]), seen = keep(to) && window === window.top; // in a frame, the bar is another's
      const { href } = new URL(to, location.href);
      field.hidden = true;
      if (!seen) give(href, "Link to this picture");
      copied = true;
      const said = navigator.clipboard?.writeText(href).then(() => "Link copied", () => {});
      link.textContent = (await said) ??
        (seen ? "The link is in the address bar" : "Copy the link from here:");
    }
  }

  return { follow, addButtons };
};
