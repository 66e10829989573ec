"""How a submission is run: nbgrader's Execute, in a confined kernel of its own, with limits that always end it."""

import os
import tempfile
from pathlib import Path
from time import monotonic

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
    total = Integer(180, help="seconds for a whole submission; `timeout` is for one cell").tag(config=True)
    max_output = Integer(1_000_000, help="characters that a cell may put out; what comes later is dropped").tag(config=True)

    def preprocess(self, nb, resources, km=None):
        self.deadline = monotonic() + self.total
        with tempfile.TemporaryDirectory(prefix="downhill-", ignore_cleanup_errors=True) as self.folder:
            return super().preprocess(nb, resources, km)

    def create_kernel_manager(self):
        specs = KernelSpecManager(kernel_dirs=[str(KERNELS)], ensure_native_kernel=False)
        files = {"connection_file": f"{self.folder}/kernel.json"}
        if os.name == "posix":  # sockets that are files: they pass where no network does
            files |= {"transport": "ipc", "ip": f"{self.folder}/k"}
        self.km = self.kernel_manager_class(kernel_name="confined", kernel_spec_manager=specs, **files)
        self.extra_arguments = [str(self.memory)]
        self.shutdown_kernel = "immediate"
        return self.km

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
            raise NotGraded(f"Python ended in {where}") from None
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
