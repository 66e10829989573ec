"""Start the kernel that runs students' code, with bubblewrap around it.

    sandbox.py CONNECTION_FILE MEGABYTES        (Jupyter does: kernels/confined/kernel.json)

Inside, there is no network, no course folder, no home; the system and Python can be read, and one temporary folder
written. The kernel's sockets are files in that folder. DOWNHILL_UNCONFINED=1 leaves bubblewrap out.
"""

import ctypes
import importlib.util
import os
import shutil
import signal
import site
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
KERNEL = HERE / "kernels" / "confined"
SYSTEM = "/usr /bin /sbin /lib /lib32 /lib64 /nix/store /etc/ld.so.cache /etc/alternatives /etc/localtime /etc/fonts".split()
KEPT = ("LANG", "LC_ALL", "LD_LIBRARY_PATH", "TZ", "NBGRADER_EXECUTION")


def readable():
    """Every folder that a kernel has to read."""
    python = [sys.prefix, sys.base_prefix, *([site.getusersitepackages()] if site.ENABLE_USER_SITE else [])]
    return [*SYSTEM, *python, *importlib.util.find_spec("gdlib").submodule_search_locations, KERNEL]


def bubblewrap(folder, *hidden):
    """The command that makes `folder` all that can be written, and nothing visible besides what is `readable`."""
    # what lies deeper comes later: a virtual environment may be around the book, or a course around the environment
    places = {Path(place): ["--ro-bind-try", str(place)] for place in readable()}
    places |= {Path(place): ["--tmpfs"] for place in (HERE, *hidden)}
    command = ["bwrap", "--unshare-all", "--die-with-parent", "--new-session", "--cap-drop", "ALL"]
    command += ["--proc", "/proc", "--dev", "/dev", "--tmpfs", "/tmp"]
    for place, how in sorted(places.items(), key=lambda item: len(item[0].parts)):
        command += [*how, str(place)]
    return [*command, "--bind", str(folder), str(folder)]


def why_not():
    """Why nothing can be confined here, in a sentence; empty if it can."""
    if not shutil.which("bwrap"):
        return "bubblewrap is not installed (Debian, Ubuntu, Fedora: the package `bubblewrap`)"
    with tempfile.TemporaryDirectory() as folder:
        tried = subprocess.run([*bubblewrap(folder), sys.executable, "-c", ""], capture_output=True, text=True)
    return f"this system does not let bubblewrap work ({tried.stderr.strip()})" if tried.returncode else ""


def end_with_parent():
    """No kernel outlives the command, killed at whatever moment. (bubblewrap sees to it later; until then, this does.)"""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG
    if os.getppid() != int(os.environ.get("JPY_PARENT_PID", os.getppid())):
        sys.exit("the command that wanted this kernel is gone")


def main(connection_file, megabytes):
    end_with_parent()
    run = Path(connection_file).parent
    work = run / "work"
    work.mkdir()
    submission = Path.cwd()
    for path in submission.iterdir():  # data that came with the notebook, but not the notebook: it has the hidden tests
        if path.suffix != ".ipynb" and not path.is_symlink():
            shutil.copytree(path, work / path.name, symlinks=True) if path.is_dir() else shutil.copy(path, work)
    fonts = Path(os.environ.get("DOWNHILL_FONTS", "~/.cache/matplotlib")).expanduser()  # a list that takes seconds to make
    (run / "matplotlib").mkdir()
    for path in fonts.glob("fontlist-*.json"):
        shutil.copy(path, run / "matplotlib")
    environment = {name: os.environ[name] for name in KEPT if name in os.environ}
    environment |= {"USER": "student", "HOME": str(work), "TMPDIR": str(run), "IPYTHONDIR": str(run), "MPLCONFIGDIR": str(run / "matplotlib")}
    environment |= {"PATH": os.pathsep.join([str(Path(sys.executable).parent), "/usr/bin", "/bin"])}
    environment |= {"PYTHONUSERBASE": site.getuserbase(), "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
    command = [sys.executable, str(KERNEL / "kernel.py"), connection_file, megabytes]
    if not os.environ.get("DOWNHILL_UNCONFINED"):
        if not shutil.which("bwrap"):
            sys.exit("bubblewrap is not installed, so students' code does not run: see coursework/README.md")
        command = [*bubblewrap(run, submission.parents[2]), "--chdir", str(work), *command]
    os.chdir(work)
    os.execvpe(command[0], command, environment | {"PYTHONDONTWRITEBYTECODE": "1"})


if __name__ == "__main__":
    main(*sys.argv[1:])
