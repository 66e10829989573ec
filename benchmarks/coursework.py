"""A hundred submissions of the first assignment, graded in one run that is killed half-way: python -m benchmarks.coursework

Says what a submission takes, what memory the command needs, and that none is lost. It takes five to ten minutes.
"""

import json
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

CLASS, KILLED_AT = 100, 50
COMMAND = [sys.executable, "-m", "coursework"]


def memory(pid):
    """The most memory that a process has used until now, in MB; 0 where the system does not tell."""
    status = Path(f"/proc/{pid}/status")
    lines = status.read_text().splitlines() if status.exists() else []
    return max((int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM")), default=0)


def grade(course, stop_at=None):
    """Run `grade`, kill it after so many submissions; returns seconds and memory."""
    start, most, done = time.monotonic(), 0, 0
    process = subprocess.Popen([*COMMAND, "grade", "hw1", "--course", course], stdout=subprocess.PIPE, text=True)
    for line in process.stdout:
        most = max(most, memory(process.pid))
        done += line.startswith("[")
        if done == stop_at:
            process.kill()
    process.wait()
    return time.monotonic() - start, most


def main():
    with tempfile.TemporaryDirectory() as folder:
        course = Path(folder) / "course"
        subprocess.run([*COMMAND, "release", "hw1", "--course", course], check=True, stdout=subprocess.DEVNULL)
        for number in range(CLASS):  # four of five are the reference solution, the fifth is blank
            step = "source" if number % 5 else "release"
            shutil.copytree(course / step / "hw1", course / "submitted" / f"student-{number:03}" / "hw1")
        first = grade(course, KILLED_AT)
        second = grade(course)
        records = json.loads((course / "records/hw1.json").read_text("utf-8"))
        lost = CLASS - sum(record["state"] == "graded" for record in records.values())
        seconds = sorted(record["seconds"] for record in records.values())
        print(f"until killed, at {KILLED_AT}: {first[0]:.0f} s, {first[1]:.0f} MB; the rest: {second[0]:.0f} s, {second[1]:.0f} MB")
        print(f"a submission: median {statistics.median(seconds)} s, {seconds[0]} to {seconds[-1]} s; not graded: {lost}")
        return int(lost > 0)


if __name__ == "__main__":
    sys.exit(main())
