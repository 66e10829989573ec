"""Submissions side by side: on the cores of this machine, or on the workers of a Dask cluster.

Both give an executor of concurrent.futures, so the rest is one path. What a submission needs goes out with it, and what
it gave comes back; nothing is written here.
"""

import multiprocessing
import os
import signal
import threading
from collections import Counter, deque
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, CancelledError, ProcessPoolExecutor, wait
from contextlib import contextmanager

from .course import Refused
from .run import NotConfined, Ran, run, why_not_here

TRIES = 3  # a process or a worker that is lost takes its submissions along: they begin again


def cores():
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()


def side_by_side(tasks, jobs, cluster=None):
    """Run (name, task) pairs; yields (name, Ran, how many run now) as they end, in any order."""
    tasks, again, lost, under_way = iter(tasks), deque(), Counter(), {}
    with Pool(jobs, cluster) as pool:
        while True:
            while len(under_way) < pool.room() and (found := again.popleft() if again else next(tasks, None)):
                if isinstance(found[1], Ran):  # it could not be prepared
                    yield *found, min(len(under_way), pool.size())
                else:
                    under_way[pool.submit(found[1])] = found
            if not under_way:
                return
            ended = wait(under_way, timeout=60, return_when=FIRST_COMPLETED).done
            if not ended and not pool.size():
                raise Refused("the cluster has no workers any more; with some, the same command goes on where it was")
            for future in ended:
                name, task = under_way.pop(future)
                try:
                    ran = pool.result(future)
                except Lost:
                    lost[name] += 1
                    if lost[name] < TRIES:
                        again.append((name, task))
                        continue
                    ran = Ran({}, f"the process that ran it was lost {TRIES} times", 0)
                yield name, ran, min(len(under_way), pool.size())


class Lost(Exception):
    """The process that ran a submission is gone."""


class Pool:
    """An executor that is made anew when it breaks."""

    def __init__(self, jobs, cluster):
        self.open = (lambda: on_cluster(cluster)) if cluster else (lambda: on_this_machine(jobs))

    def __enter__(self):
        self.opened = self.open()
        self.executor, self.size = self.opened.__enter__()
        return self

    def __exit__(self, *error):
        self.opened.__exit__(*error)

    def room(self):
        """How many submissions to have under way: one at a time, or so many that no process waits for the next."""
        return 1 if self.size() < 2 else 2 * self.size()

    def submit(self, task):
        try:
            return self.executor.submit(run, task)
        except BrokenExecutor:
            self.__exit__(None, None, None)
            self.__enter__()
            return self.executor.submit(run, task)

    def result(self, future):
        try:
            return future.result()
        except NotConfined as problem:
            raise Refused(f"a worker cannot confine students' code: {problem}") from None
        except CancelledError:
            raise Refused("the cluster is gone; the same command goes on where it was") from None
        except BrokenExecutor as error:
            raise Lost from error
        except Exception as error:
            if type(error).__name__ == "KilledWorker":  # Dask's word for it; it has tried several workers by then
                raise Lost from error
            raise


@contextmanager
def on_this_machine(jobs):
    """Processes of this machine, which end when this one does, in whatever way."""
    kind = "forkserver" if "forkserver" in multiprocessing.get_all_start_methods() else "spawn"
    context = multiprocessing.get_context(kind)
    if kind == "forkserver":
        context.set_forkserver_preload(["coursework.run"])  # imported once, for all
    executor = ProcessPoolExecutor(jobs, context, initializer=follow_parent)
    ended = False
    try:
        yield executor, lambda: jobs
        ended = True
    finally:
        executor.shutdown(wait=ended, cancel_futures=True)
        for process in multiprocessing.active_children() if not ended else []:
            process.terminate()


def follow_parent():
    """Control-C is the parent's affair; when it is gone, by whatever end, its children and their kernels are."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    threading.Thread(target=lambda: (parent.join(), os._exit(1)), daemon=True).start()


@contextmanager
def on_cluster(address):
    """The workers of a Dask cluster that runs already."""
    try:
        from distributed import Client
    except ImportError:
        raise Refused('--cluster needs Dask: pip install -e ".[cluster]" in the folder of the book') from None
    try:
        client = Client(address, timeout=10, set_as_default=False)
    except (OSError, ValueError) as error:
        raise Refused(f"no Dask scheduler answers at {address}: {error}") from None
    with client:
        check_workers(client, address)
        yield client.get_executor(pure=False), lambda: sum(client.nthreads().values())


def check_workers(client, address):
    """Every worker that is there has this book and can confine. (One that comes later is asked with its first submission.)"""
    if not client.nthreads():
        raise Refused(f"the scheduler at {address} has no workers: start some with `dask worker {address}`")
    for worker, answer in client.run(why_not_here, on_error="return").items():
        if isinstance(answer, Exception):
            raise Refused(f"the worker {worker} cannot run submissions ({answer}): it needs this book and its environment")
        if answer:
            raise Refused(f"the worker {worker} cannot confine students' code: {answer}")
