"""How a submission is run: nbgrader's Execute, in a confined kernel of its own, with limits that always end it."""

import contextlib
import os
import tempfile
import threading
from pathlib import Path
from time import monotonic

import psutil
from jupyter_client.kernelspec import KernelSpecManager
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from nbgrader.preprocessors import Execute
from nbgrader.utils import is_grade, is_locked
from traitlets import Integer

KERNELS = Path(__file__).parent / "kernels"
TEST = "# (a test)\n"  # tells the kernel (kernels/confined/kernel.py) to put the tests' tools back first


class NotGraded(Exception):
    """A submission could not be run to its end. Its points are not known: they are not 0."""


class Confined(Execute):
    memory = Integer(4096, help="megabytes of memory for each process of a student's code").tag(config=True)
    together = Integer(6144, help="megabytes of memory for all processes of a student's code").tag(config=True)
    processes = Integer(200, help="how many processes a student's code may have at a time").tag(config=True)
    total = Integer(180, help="seconds for a whole submission; `timeout` is for one cell").tag(config=True)
    max_output = Integer(1_000_000, help="characters that a cell may put out; what comes later is dropped").tag(config=True)

    def preprocess(self, nb, resources, km=None):
        self.deadline = monotonic() + self.total
        with tempfile.TemporaryDirectory(prefix="downhill-", ignore_cleanup_errors=True) as self.folder:
            self.watch = Watch(self)
            with self.watch:
                return super().preprocess(nb, resources, km)

    def create_kernel_manager(self):
        specs = KernelSpecManager(kernel_dirs=[str(KERNELS)], ensure_native_kernel=False)
        files = {"connection_file": f"{self.folder}/kernel.json"}
        if os.name == "posix":  # sockets that are files: they pass where no network does
            files |= {"transport": "ipc", "ip": f"{self.folder}/k"}
        self.km = self.kernel_manager_class(kernel_name="confined", kernel_spec_manager=specs, **files)
        self.extra_arguments = [str(self.memory), str(self.together), str(self.processes), self.course()]
        self.shutdown_kernel = "immediate"
        return self.km

    def course(self):
        """The folder that must not be seen: it has the solutions, the hidden tests and the grades."""
        return self.parent.parent.coursedir.root

    def _get_timeout(self, cell):
        return max(1, min(self.timeout, int(self.deadline - monotonic())))

    def preprocess_cell(self, cell, resources, index):
        self.put_out = 0
        test = cell.cell_type == "code" and is_grade(cell) and is_locked(cell)
        source, where = cell.source, f"cell {index + 1}, which begins {cell.source.partition(chr(10))[0]!r}"
        if test:
            cell.source = TEST + source
        try:
            self.execute_cell(cell, index, store_history=not test)
        except DeadKernelError:
            raise NotGraded(f"{self.watch.why or 'Python ended'} in {where}") from None
        except CellTimeoutError:
            raise NotGraded(f"Python had to be stopped: it did not end, or answer, in {where}") from None
        finally:
            cell.source = source
        if test:
            cell.outputs = only_errors_count(cell.outputs)
        return cell, resources

    def process_message(self, msg, cell, cell_index):
        if msg["msg_type"] in ("stream", "display_data", "execute_result"):
            before, self.put_out = self.put_out, self.put_out + len(str(msg["content"]))
            if before > self.max_output:
                return None
            if self.put_out > self.max_output:
                msg = {**msg, "msg_type": "stream", "content": {"name": "stdout", "text": "\n... output cut here ...\n"}}
                msg["header"] = {**msg["header"], "msg_type": "stream"}
        return super().process_message(msg, cell, cell_index)


class Watch(threading.Thread):
    """Ends a kernel whose processes are too many, or take too much memory together; looks twice a second.

    The system's own limit is exact, but only systemd gives it to everyone (sandbox.scope). This one holds everywhere.
    """

    def __init__(self, limits):
        super().__init__(daemon=True)
        self.limits, self.why, self.over = limits, "", threading.Event()

    def __enter__(self):
        self.start()

    def __exit__(self, *_):
        self.over.set()
        self.join()

    def run(self):
        while not self.over.wait(0.5):
            kernel = getattr(getattr(self.limits.km, "provisioner", None), "pid", None)
            try:
                there = [psutil.Process(kernel), *psutil.Process(kernel).children(recursive=True)] if kernel else []
            except psutil.NoSuchProcess:
                continue
            self.why = self.why or too_much(there, self.limits)
            for process in there if self.why else []:
                with contextlib.suppress(psutil.NoSuchProcess):
                    process.kill()


def too_much(there, limits):
    """Why these processes have to end, in the words of the table; empty if they need not."""
    if len(there) > limits.processes:
        return f"there were more than {limits.processes} processes"
    megabytes = 0
    for process in there:
        with contextlib.suppress(psutil.NoSuchProcess):
            megabytes += process.memory_info().rss >> 20
    return f"the processes took more than {limits.together} MB together" if megabytes > limits.together else ""


def only_errors_count(outputs):
    """A test is passed unless it raises. nbgrader would also take points for a warning, and give them for a number shown."""
    errors = [output for output in outputs if output.output_type == "error"]
    for error in errors:
        error.traceback = error.traceback[-1:]  # the message; the lines around it may be a hidden test
    rest = [output for output in outputs if output.output_type != "error"]
    for output in rest:
        if output.output_type == "stream":
            output.name = "stdout"
        elif output.output_type == "execute_result":
            output.output_type = "display_data"
            del output["execution_count"]
    return errors + rest
