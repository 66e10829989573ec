"""A class graded with one job and with two, in turn; then a run killed half-way: python -m benchmarks.coursework [N]

Says how much faster two jobs are, what memory a job needs, where the time of one submission goes, and that none is lost.
N (200) submissions of the first assignment are graded each way, in four rounds; it takes twenty minutes.
"""

import json
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil

ROUNDS = 4
COMMAND = [sys.executable, "-m", "coursework"]


def hand_in(course, many):
    """A class: four of five are the reference solution, the fifth is blank. What was graded before is forgotten."""
    for folder in ("submitted", "autograded", "records"):
        shutil.rmtree(course / folder, ignore_errors=True)
    for number in range(many):
        step = "source" if number % 5 else "release"
        shutil.copytree(course / step / "hw1", course / "submitted" / f"student-{number:03}" / "hw1")


class Memory(threading.Thread):
    """The most memory, in MB, that the command itself and all that it started have used; shared pages counted in parts."""

    def __init__(self, pid):
        super().__init__(daemon=True)
        self.process, self.own, self.jobs = psutil.Process(pid), 0, 0
        self.start()

    def run(self):
        with suppress(psutil.NoSuchProcess):
            while self.process.is_running():
                self.own = max(self.own, size(self.process))
                self.jobs = max(self.jobs, sum(map(size, self.process.children(recursive=True))))
                time.sleep(1)


def size(process):
    with suppress(psutil.Error):
        about = process.memory_full_info()
        return getattr(about, "pss", about.uss) / 2**20
    return 0


def grade(course, jobs, stop_at=None):
    """Run `grade`, kill it after so many submissions; returns seconds, and memory."""
    start, done = time.monotonic(), 0
    process = subprocess.Popen(
        [*COMMAND, "grade", "hw1", "--course", course, "--jobs", str(jobs)], stdout=subprocess.PIPE, text=True
    )
    memory = Memory(process.pid)
    for line in process.stdout:
        done += line.startswith("[")
        if done == stop_at:
            process.kill()
    process.wait()
    return time.monotonic() - start, memory


def states(course):
    return [record["state"] for record in json.loads((course / "records/hw1.json").read_text("utf-8")).values()]


@contextmanager
def timed(parts, name):
    start = time.perf_counter()
    yield
    parts.setdefault(name, []).append(time.perf_counter() - start)


def parts_of_one(folder, times=5):
    """Where the time of one submission goes: {part: the median of its seconds}."""
    from coursework import grade, run, sandbox
    from coursework.course import Course

    sandbox.make_ready()
    course, parts, cells = Course(folder), {}, []

    class Timed(run.Confined):
        def preprocess_cell(self, cell, resources, index):
            cells.append(time.perf_counter())
            return super().preprocess_cell(cell, resources, index)

    run.Confined, confined = Timed, run.Confined
    for _ in range(times):
        cells.clear()
        with timed(parts, "cells and tests put in order"):
            task = grade.prepare(course, "hw1", "student-001")
        start = time.perf_counter()
        ran = run.run(task)
        end = time.perf_counter()
        parts.setdefault("sandbox and Python started", []).append(cells[0] - start)
        parts.setdefault("cells run, and the sandbox removed", []).append(end - cells[0])
        with timed(parts, "points put into the gradebook"):
            grade.enter(course, "hw1", "student-001", ran)
    run.Confined = confined
    return {name: statistics.median(seconds) for name, seconds in parts.items()}


def main():
    many = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    with tempfile.TemporaryDirectory() as folder:
        course = Path(folder) / "course"
        subprocess.run([*COMMAND, "release", "hw1", "--course", course], check=True, stdout=subprocess.DEVNULL)
        each, seconds, memory = max(1, many // ROUNDS), {1: [], 2: []}, {}
        for number in range(ROUNDS):
            for jobs in seconds:
                hand_in(course, each)
                taken, memory[jobs] = grade(course, jobs)
                seconds[jobs].append(taken)
                print(f"round {number + 1}: {each} submissions, {jobs} at a time: {taken:.0f} s", flush=True)
        ratios = sorted(one / two for one, two in zip(seconds[1], seconds[2], strict=True))
        for jobs, taken in seconds.items():
            print(
                f"{each} submissions, {jobs} at a time: {min(taken):.0f} s at best, {min(taken) / each:.2f} s each; "
                f"memory: {memory[jobs].own:.0f} MB for the command, {memory[jobs].jobs / jobs:.0f} MB a job"
            )
        print(f"two jobs: {statistics.median(ratios):.2f} times as fast ({', '.join(f'{ratio:.2f}' for ratio in ratios)})")
        hand_in(course, each)
        for name, taken in parts_of_one(course).items():
            print(f"one submission: {taken:5.2f} s  {name}")
        hand_in(course, each)
        grade(course, 2, stop_at=each // 2)
        before = states(course).count("graded")
        grade(course, 2)
        lost = each - states(course).count("graded")
        print(f"killed when {before} were graded, and started again: not graded: {lost}")
        return int(lost > 0)


if __name__ == "__main__":
    sys.exit(main())
