"""python -m coursework: release, check, grade, feedback and export assignments, with nbgrader doing the work."""

import argparse
import os
import sys

TEXT = """
A term in five commands:

  python -m coursework release hw1                    the students' version, in course/release/hw1
  python -m coursework grade hw1 submissions.zip      the zip from Moodle or Canvas, or a folder
  cd course; jupyter lab                              written answers: Nbgrader > Formgrader
  python -m coursework feedback hw1                   a page for each student, in course/feedback
  python -m coursework export grades.csv              --format nbgrader, canvas or moodle
"""


def parser():
    main = argparse.ArgumentParser(
        prog="python -m coursework",
        description=__doc__.partition(": ")[2],
        epilog=TEXT,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    shared = argparse.ArgumentParser(add_help=False)
    shared.add_argument("--course", default="course", metavar="DIR", help="the course folder (./course)")
    running = argparse.ArgumentParser(add_help=False)
    running.add_argument(
        "--jobs", type=at_least_one, metavar="N", help="how many submissions run side by side (as many as there are cores)"
    )
    running.add_argument(
        "--unconfined", action="store_true", help="run students' code without bubblewrap around it: see README.md"
    )
    commands = main.add_subparsers(dest="command", required=True, metavar="command")

    add = commands.add_parser("release", parents=[shared], help="make the students' version of an assignment")
    add.add_argument("assignment", help="hw1, hw2, hw3, hw4 or project")

    add = commands.add_parser("check", parents=[running], help="the reference solution earns every point, the release none")
    add.add_argument("assignment", nargs="?", help="one of them; all if left out")
    add.add_argument("--course", metavar="DIR", help="check this course's own version, instead of the book's")

    add = commands.add_parser(
        "grade", parents=[shared, running], help="grade what was handed in; again: go on where it stopped"
    )
    add.add_argument("assignment")
    add.add_argument("submissions", nargs="?", help="a zip or a folder; left out: what is in course/submitted")
    add.add_argument("--cluster", metavar="ADDRESS", help="run on the workers of the Dask cluster at this address")
    add.add_argument("--again", action="store_true", help="grade also those that are graded")

    add = commands.add_parser("feedback", parents=[shared], help="write each student's page of feedback")
    add.add_argument("assignment")

    add = commands.add_parser("export", parents=[shared], help="write the grades as CSV")
    add.add_argument("file", metavar="grades.csv")
    add.add_argument("--format", choices=("nbgrader", "canvas", "moodle"), default="nbgrader")
    add.add_argument("--assignment", help="only this one; Moodle takes one at a time")
    add.add_argument("--auto", action="store_true", help="only the points that tests give, out of what tests can give")
    return main


def at_least_one(text):
    if not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"a whole number from 1 up was expected, not {text!r}")
    return int(text)


def ready_to_run(unconfined, *secrets):
    """Say how students' code will run; refuse to run it unconfined unless that was asked for."""
    from .course import Refused
    from .sandbox import make_ready, why_not

    make_ready()
    problem = why_not(*secrets)
    if unconfined:
        os.environ["DOWNHILL_UNCONFINED"] = "1"
        print("Not confined: students' code can read and change all that you can, and use the network.")
    elif problem:
        raise Refused(
            f"students' code cannot be confined: {problem}.\n"
            "coursework/README.md has the way out for each system, and a container that needs none.\n"
            "If this machine holds nothing of worth, or is itself a container: --unconfined"
        )
    else:
        os.environ.pop("DOWNHILL_UNCONFINED", None)


def run(options):
    from . import collect, export, grade, selftest
    from .course import Course, Refused

    if options.command == "check":
        ready_to_run(options.unconfined)
        return selftest.selftest(options.assignment, options.course, options.jobs)
    course = Course(options.course, new=options.command == "release")
    if options.command == "release":
        for path in course.release(options.assignment):
            print(f"for the students: {path}")
    elif options.command == "grade":
        course.check_walls()
        if options.cluster and options.unconfined:
            raise Refused(
                "--unconfined is for this machine: a cluster's workers say for themselves (DOWNHILL_UNCONFINED=1) what they may"
            )
        if not options.cluster:  # there, each worker tries for itself
            ready_to_run(options.unconfined, course.folder / "nbgrader_config.py")
        if options.submissions:
            everyone, aside = collect.collect(course, options.assignment, options.submissions)
            print(
                f"{len(everyone)} students in {options.submissions}", *(f"  left aside: {line}" for line in aside), sep="\n"
            )
        for line in collect.settle(course, options.assignment):
            print(f"  left aside: {line}")
        records = grade.grade(course, options.assignment, options.again, jobs=options.jobs, cluster=options.cluster)
        print(*grade.table(course, options.assignment, records), sep="\n")
        return any(record.get("state") != grade.DONE for record in records.students.values())
    elif options.command == "feedback":
        return grade.feedback(course, options.assignment) > 0
    else:
        for line in export.export(course, options.file, options.format, options.assignment, options.auto):
            print(line)
    return 0


def main(arguments=None):
    options = parser().parse_args(arguments)
    from .course import Refused

    try:
        return int(run(options))
    except Refused as refused:
        print(f"coursework: {refused}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("\nStopped. The same command goes on where it was.", file=sys.stderr)
        return 130


if __name__ == "__main__":
    sys.exit(main())
