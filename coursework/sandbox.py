"""Start the kernel that runs students' code, with bubblewrap around it.

    sandbox.py CONNECTION_FILE MEGABYTES TOGETHER PROCESSES COURSE        (Jupyter does: kernels/confined/kernel.json)

Inside, there is no network, no course folder, no home; the system and Python can be read, and one temporary folder
written. The kernel's sockets are files in that folder. DOWNHILL_UNCONFINED=1 leaves bubblewrap out.
"""

import ctypes
import importlib.util
import os
import shutil
import signal
import site
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
KERNEL = HERE / "kernels" / "confined"
SYSTEM = [
    "/usr",
    "/bin",
    "/sbin",
    "/lib",
    "/lib32",
    "/lib64",
    "/nix/store",
    "/etc/ld.so.cache",
    "/etc/alternatives",
    "/etc/localtime",
    "/etc/fonts",
]
SYSTEMD = Path("/run/systemd/system")  # there if systemd runs this machine
BUS = ("XDG_RUNTIME_DIR", "DBUS_SESSION_BUS_ADDRESS")  # what systemd-run needs to be heard, and a student's code does not
KEPT = ("LANG", "LC_ALL", "LD_LIBRARY_PATH", "TZ")
LARGE = ("ipykernel", "IPython", "numpy", "matplotlib", "sympy", "ipywidgets", "sklearn")  # what an assignment loads
OFFLINE = {"PIP_NO_INDEX": "1", "UV_OFFLINE": "1"}  # an installer would try a network that is not there again and again
ESCAPE = """
import socket, sys
port, *secrets = sys.argv[1:]
for secret in secrets:
    for mode, what in (("r", "read"), ("r+", "change")):
        try:
            open(secret, mode)
        except OSError:
            continue
        sys.exit(f"it lets a program {what} {secret}")
try:
    socket.create_connection(("127.0.0.1", int(port)), timeout=2)
except OSError:
    sys.exit(0)
sys.exit("it lets a program use the network")
"""


def readable():
    """Every folder that a kernel has to read."""
    python = [sys.prefix, sys.base_prefix, *([site.getusersitepackages()] if site.ENABLE_USER_SITE else [])]
    return [*SYSTEM, *python, *importlib.util.find_spec("gdlib").submodule_search_locations, KERNEL]


def bubblewrap(folder, *hidden):
    """The command that makes `folder` all that can be written, and nothing visible besides what is `readable`."""
    # what lies deeper comes later: a virtual environment may be around the book, or a course around the environment
    mounts = {Path(path): ["--ro-bind-try", str(path)] for path in readable()}
    mounts |= {Path(path): ["--tmpfs"] for path in (HERE, *hidden) if Path(path).exists()}
    command = ["bwrap", "--unshare-all", "--die-with-parent", "--new-session", "--cap-drop", "ALL"]
    command += ["--proc", "/proc", "--dev", "/dev", "--tmpfs", "/tmp"]
    for path, how in sorted(mounts.items(), key=lambda item: len(item[0].parts)):
        command += [*how, str(path)]
    return [*command, "--bind", str(folder), str(folder)]


def why_not(*secrets):
    """Why nothing can be confined here, in a sentence; empty if it can: a program that tries to get out finds no way.

    `secrets` are files that it must not see, besides one of the book and one that lies elsewhere.
    """
    if not shutil.which("bwrap"):
        return "bubblewrap is not installed (Debian, Ubuntu, Fedora: the package `bubblewrap`)"
    with tempfile.TemporaryDirectory() as folder, socket.create_server(("127.0.0.1", 0)) as server:
        inside, secret = Path(folder, "inside"), Path(folder, "secret")
        inside.mkdir()
        secret.touch()
        hidden = [Path(path).parent for path in secrets]
        program = [sys.executable, "-c", ESCAPE, server.getsockname()[1], secret, HERE / "__init__.py", *secrets]
        tried = subprocess.run([*bubblewrap(inside, *hidden), *map(str, program)], capture_output=True, text=True)
    return f"this system does not let bubblewrap work ({tried.stderr.strip()})" if tried.returncode else ""


def make_ready():
    """Make once what every kernel would make again, because in the sandbox it cannot be kept: the list of fonts, and bytecode.

    Some installers leave bytecode to the first run, and compiling takes four times as long as importing what is compiled.
    """
    import matplotlib.font_manager

    os.environ["DOWNHILL_FONTS"] = matplotlib.get_cachedir()
    sources = [found.origin for name in LARGE if (found := importlib.util.find_spec(name))]
    if not all(Path(importlib.util.cache_from_source(source)).exists() for source in sources):
        environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
        used = "import runpy, sys; runpy.run_path(sys.argv[1]); import gdlib.explore, gdlib.plots, gdlib.models, sklearn.datasets"
        subprocess.run([sys.executable, "-c", used, str(KERNEL / "kernel.py")], env=environment, capture_output=True)


def scope(megabytes, processes):
    """The command that limits memory and processes of all that runs under it, together; none where systemd cannot."""
    if not SYSTEMD.exists() or not shutil.which("systemd-run"):
        return []
    whose = [] if os.geteuid() == 0 else ["--user"]
    limits = [f"MemoryMax={megabytes}M", "MemorySwapMax=0", f"TasksMax={processes}"]
    command = [
        "systemd-run",
        *whose,
        "--scope",
        "--quiet",
        "--collect",
        *(word for limit in limits for word in ("-p", limit)),
    ]
    command += ["--", "env", *(word for name in BUS for word in ("-u", name))]
    return command if subprocess.run([*command, "true"], capture_output=True).returncode == 0 else []


def end_with_parent():
    """No kernel outlives the command, killed at whatever moment. (bubblewrap sees to it later; until then, this does.)"""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG
    if os.getppid() != int(os.environ.get("JPY_PARENT_PID", os.getppid())):
        sys.exit("the command that wanted this kernel is gone")


def main(connection_file, megabytes, together, processes, course):
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
    environment |= {"USER": "student", "HOME": str(work), "TMPDIR": str(run), "IPYTHONDIR": str(run)}
    environment |= {"MPLCONFIGDIR": str(run / "matplotlib"), "NBGRADER_EXECUTION": "autograde", **OFFLINE}
    environment |= {"PATH": os.pathsep.join([str(Path(sys.executable).parent), "/usr/bin", "/bin"])}
    environment |= {"PYTHONUSERBASE": site.getuserbase(), "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
    command = [sys.executable, str(KERNEL / "kernel.py"), connection_file, megabytes]
    if not os.environ.get("DOWNHILL_UNCONFINED"):
        if not shutil.which("bwrap"):
            sys.exit("bubblewrap is not installed, so students' code does not run: see coursework/README.md")
        command = [*bubblewrap(run, course), "--chdir", str(work), *command]
    if limits := scope(together, processes):
        command = [*limits, *command]
        environment |= {name: os.environ[name] for name in BUS if name in os.environ}
    os.chdir(work)
    os.execvpe(command[0], command, environment | {"PYTHONDONTWRITEBYTECODE": "1"})


if __name__ == "__main__":
    main(*sys.argv[1:])
