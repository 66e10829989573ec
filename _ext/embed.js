// The HTML that shows one explorer in a frame, for a learning system's page. The player fetches this when it is wanted.
const escaped = (text) => text.replace(/&/g, "&amp;").replace(/"/g, "&quot;");

export default {
  code(folder, id, state, title) {
    const page = location.pathname.split("/").pop().replace(/\.html$/, "") || "index";
    const source = `${folder}${page}-${id.split("-")[1]}.html${state}`;
    return `<iframe src="${escaped(source)}" title="${escaped(title)}" ` +
      `width="100%" height="640" allow="fullscreen; clipboard-write"></iframe>`;
  },
};
