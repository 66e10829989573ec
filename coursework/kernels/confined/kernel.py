"""The kernel that students' code runs in: it keeps limits, and puts the tests' tools back before each test.

    kernel.py CONNECTION_FILE MEGABYTES

A student's code shares this process with the tests, so nothing here is out of its reach. The guard undoes what a
student might try in an afternoon: a patched np.allclose, asserts taken out, a name of Python's used for something else.
"""

import contextlib
import json
import sys
import threading
from types import FunctionType, ModuleType

import numpy as np
import numpy.testing
from ipykernel.ipkernel import IPythonKernel
from ipykernel.kernelapp import IPKernelApp
from ipykernel.zmqshell import ZMQInteractiveShell
from IPython.core.error import StdinNotImplementedError
from jupyter_client.jsonutil import json_default
from traitlets import Type

import gdlib
import gdlib.check

TEST = "# (a test)\n"  # the first line of every test cell, as run.py sends it
TOOLS = {"builtins", "math", "operator", "inspect", "numpy", "gdlib"}
USUAL_NAMES = {"np": np, "numpy": np, "gdlib": gdlib}
HOOKS = ("ast_transformers", "input_transformers_post", "custom_exceptions")
TRANSFORMS = ("cleanup_transforms", "line_transforms", "token_transformers")
ASSERTS_WORK = """
try:
    assert False
except AssertionError:
    pass
else:
    raise RuntimeError("asserts have been switched off, so nothing can be tested")
"""


class Guard:
    """Remembers, before a line of the student's has run, what tests are made of; `restore` puts it back."""

    def __init__(self, kernel):
        shell = self.shell = kernel.shell
        self.modules = {name: module for name, module in sys.modules.items() if name.partition(".")[0] in TOOLS}
        classes = {*type(shell).__mro__, *type(kernel).__mro__, type(shell.compile), type(shell.events)} - {object}
        owners = [*self.modules.values(), *classes]
        self.tools = [(owner, {name: tool for name, tool in vars(owner).items() if callable(tool)}) for owner in owners]
        found = {getattr(tool, "__wrapped__", tool) for _, tools in self.tools for tool in tools.values() if tool.__hash__}
        functions = [tool for tool in found if isinstance(tool, FunctionType)]
        self.insides = [(tool, tool.__code__, tool.__defaults__, tool.__kwdefaults__) for tool in functions]
        self.names = [(item, set(vars(item))) for item in (shell, kernel, shell.compile, shell.events, *classes)]
        manager = shell.input_transformer_manager
        self.hooks = [(shell, name, getattr(shell, name)) for name in HOOKS]
        self.hooks += [(manager, name, getattr(manager, name)) for name in TRANSFORMS]
        self.hooks = [(owner, name, value, value[:]) for owner, name, value in self.hooks]
        self.manager, self.callbacks = manager, {name: calls[:] for name, calls in shell.events.callbacks.items()}

    def restore(self):
        sys.settrace(None)
        sys.setprofile(None)
        threading.settrace(None)
        sys.modules.update(self.modules)
        for owner, tools in self.tools:
            for name, tool in tools.items():
                if vars(owner).get(name) is not tool:
                    setattr(owner, name, tool)
        for tool, code, defaults, keywords in self.insides:
            if (tool.__code__, tool.__defaults__, tool.__kwdefaults__) != (code, defaults, keywords):
                tool.__code__, tool.__defaults__, tool.__kwdefaults__ = code, defaults, keywords
        for item, before in self.names:  # a method hidden behind a new name nearer by
            above = item.__mro__[1:] if isinstance(item, type) else type(item).__mro__
            for name in [name for name in set(vars(item)) - before if any(callable(vars(kind).get(name)) for kind in above)]:
                delattr(item, name)
        for owner, name, value, content in self.hooks:
            if isinstance(value, list):
                value[:] = content
            setattr(owner, name, value)
        self.shell.input_transformer_manager = self.manager
        for name in ("pre_execute", "pre_run_cell"):
            self.shell.events.callbacks[name] = self.callbacks[name][:]

    @contextlib.contextmanager
    def clean_names(self):
        """The student's names, in a namespace of the test's own, without those that hide Python's."""
        shell = self.shell
        student = shell.user_module, shell.user_ns
        python = vars(self.modules["builtins"])
        module = ModuleType("__main__")
        vars(module).update({name: value for name, value in shell.user_ns.items() if name not in python})
        vars(module).update({name: tool for name, tool in USUAL_NAMES.items() if name in shell.user_ns})
        shell.user_module, shell.user_ns = module, vars(module)
        try:
            yield
        finally:
            shell.user_module, shell.user_ns = student


class Shell(ZMQInteractiveShell):
    def system(self, cmd):
        """A command of the system's. One that was interrupted ends its cell: else the next would begin, and take its time too."""
        super().system(cmd)
        if self.user_ns.get("_exit_code") in (-2, 130):
            raise KeyboardInterrupt


def whole(pack):
    """A way to pack messages that mends half a character, such as "\\ud83d", on its way into the notebook."""

    def packed(message):
        try:
            return pack(message)
        except UnicodeEncodeError:
            text = json.dumps(message, default=json_default, ensure_ascii=False)
            return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace").encode()

    return packed


class ConfinedKernel(IPythonKernel):
    shell_class = Type(Shell)

    def __init__(self, **options):
        super().__init__(**options)
        self.session.pack = whole(self.session.pack)
        self.guard = Guard(self)

    async def do_execute(self, code, silent, *arguments, **options):
        if not code.startswith(TEST):
            return await super().do_execute(code, silent, *arguments, **options)
        self.guard.restore()
        with self.guard.clean_names():
            reply = await super().do_execute(ASSERTS_WORK, True, False)
            if reply["status"] != "ok":
                return reply
            return await super().do_execute(code.removeprefix(TEST), silent, *arguments, **options)

    def raw_input(self, prompt=""):
        raise StdinNotImplementedError("input() waits for someone to type, and nobody does while a notebook is graded")

    getpass = raw_input


def limit(megabytes):
    """Memory for each process, the size of a file, no core dumps. Not on Windows; memory not on macOS."""
    try:
        import resource
    except ImportError:
        return
    for what, most in ((resource.RLIMIT_AS, megabytes << 20), (resource.RLIMIT_FSIZE, 64 << 20), (resource.RLIMIT_CORE, 0)):
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(what, (most, most))


if __name__ == "__main__":
    connection_file, megabytes = sys.argv[1:]
    limit(int(megabytes))
    IPKernelApp.launch_instance(
        argv=["-f", connection_file, "--HistoryManager.hist_file=:memory:", "--log-level=50"], kernel_class=ConfinedKernel
    )
