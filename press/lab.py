"""A JupyterLab of its own, for a test or a benchmark."""

import os
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
    options = f"--no-browser --allow-root --ip=127.0.0.1 --port={port} --LabApp.news_url= --IdentityProvider.token=t"
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
    for _ in range(600):
        assert server.poll() is None, "JupyterLab ended before it answered"
        try:
            urllib.request.urlopen(url, timeout=5).close()
            return
        except OSError:
            time.sleep(0.1)
    raise TimeoutError("JupyterLab did not answer within a minute")


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
