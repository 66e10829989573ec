"""A JupyterLab of its own, for a test or a benchmark."""

import os
import re
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def jupyterlab(home):
    """Serve the notebooks in `home`; give the function from a notebook's name to its address."""
    settings = home / "settings" / "@jupyterlab" / "notebook-extension"
    settings.mkdir(parents=True)
    (settings / "tracker.jupyterlab-settings").write_text('{"windowingMode": "none"}')  # cells out of sight are there too
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        port = s.getsockname()[1]
    options = (
        f"--no-browser --allow-root --ip=127.0.0.1 --port={port} --LabApp.news_url= --IdentityProvider.token=t"
        " --LabApp.expose_app_in_browser=True"  # so that `open_notebook` need not load all of JupyterLab again
    )
    environment = {**os.environ, **{f"JUPYTER_{k}_DIR": str(home / k) for k in ("CONFIG", "DATA", "RUNTIME")}}
    server = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "jupyterlab",
            *options.split(),
            f"--ServerApp.root_dir={home}",
            f"--LabApp.user_settings_dir={home / 'settings'}",
        ],
        cwd=home,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait_for(f"http://127.0.0.1:{port}/api?token=t", server)
        # a workspace for each: no tab of another test
        yield lambda name: f"http://127.0.0.1:{port}/lab/workspaces/{Path(name).stem}/tree/{name}?token=t"
    finally:
        server.terminate()
        server.wait(timeout=30)


def _wait_for(url, server):
    for _ in range(3000):  # a machine may be busy
        assert server.poll() is None, "JupyterLab ended before it answered"
        try:
            urllib.request.urlopen(url, timeout=5).close()
            return
        except OSError:
            time.sleep(0.1)
    raise TimeoutError("JupyterLab did not answer within five minutes")


def blank(source):
    """Whether a text cell shows nothing: it has no more than the fence that ends a solution."""
    return bool(re.fullmatch(r"(`{3,})\{solution-end\}\s*\1", source.strip()))


# The words of the text cells, folds opened, once all of these cells have theirs and nothing has come for half a second.
WORDS = """([count, blanks]) => {
  const cells = [...document.querySelectorAll(".jp-NotebookPanel .jp-MarkdownCell")];
  if (cells.length !== count || !cells.every((cell) => cell.matches(".jp-mod-rendered"))) return false;
  const notebook = cells[0].closest(".jp-Notebook"), stir = () => window.stirred = performance.now();
  if (window.watched !== notebook) {
    window.watched = notebook;
    stir();
    new MutationObserver(stir).observe(notebook, { childList: true, characterData: true, subtree: true });
  }
  if (performance.now() - window.stirred < 500) return false;
  for (const fold of document.querySelectorAll(".jp-MarkdownCell details")) fold.open = true;
  const texts = cells.map((cell) => cell.innerText.trim());
  return texts.filter((text) => !text).length === blanks && texts.join("\\n");
}"""


def open_notebook(page, path, sources):
    """Open a notebook in the JupyterLab of `page`, in place of what is open there; return its words when they stand there.

    `sources` are those of its text cells: each that says something has said it before anything is read.
    """
    page.wait_for_function("() => window.jupyterapp?.commands.hasCommand('docmanager:open')")
    page.evaluate(
        """async (path) => {
          const { commands, restored, serviceManager, shell } = window.jupyterapp;
          await restored;
          for (const open of [...shell.widgets("main")]) open.dispose();
          await serviceManager.sessions.shutdownAll();
          await commands.execute("docmanager:open", { path });
        }""",
        path,
    )
    expected = [len(sources), sum(map(blank, sources))]
    return page.wait_for_function(WORDS, arg=expected, polling=500).json_value()


def run_all(page, last_output):
    """Run all cells, and wait for what the last one prints."""
    prompts = "() => [...document.querySelectorAll('.jp-InputPrompt')].map((prompt) => prompt.textContent).join('')"
    for _ in range(12):
        page.get_by_role("menuitem", name="Run", exact=True).click()
        page.get_by_text("Run All Cells", exact=True).first.click()
        page.wait_for_timeout(1000)
        # asked before the kernel is there, JupyterLab forgets it, and the stars go
        page.wait_for_function(
            f"() => {{ const prompts = ({prompts})(); return /[0-9]/.test(prompts) || !prompts.includes('*'); }}"
        )
        if any(map(str.isdigit, page.evaluate(prompts))):
            break
    last_output.wait_for()
