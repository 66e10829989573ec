"""nbgrader's settings for this book. A course folder's own nbgrader_config.py loads them, and may change any.

What keeps a student's code and pages in has to stay: `Course.check_walls` in course.py lists it, and refuses to go without.
"""

from coursework.show import follow_the_course

c = get_config()
c.CourseDirectory.course_id = "downhill"
c.ClearSolutions.code_stub = {"python": 'raise NotImplementedError("Your answer goes here.")  # instead of this line'}

# a submission: its cells put in order, then run in a kernel of its own
c.Autograde.sanitize_preprocessors = [
    "nbgrader.preprocessors.ClearOutput",
    "coursework.cells.RestoreCells",
    "nbgrader.preprocessors.OverwriteCells",
    "nbgrader.preprocessors.CheckCellMetadata",
]
c.Autograde.autograde_preprocessors = [
    "coursework.run.Confined",
    "nbgrader.preprocessors.LimitOutput",
    "nbgrader.preprocessors.SaveAutoGrades",
    "nbgrader.preprocessors.AssignLatePenalties",
    "nbgrader.preprocessors.CheckCellMetadata",
]
c.Confined.timeout = 30  # seconds for a cell
c.Confined.total = 180  # seconds for a submission
c.Confined.memory = 4096  # megabytes for a process
c.Confined.together = 6144  # megabytes for all processes of a submission
c.Confined.processes = 200  # how many they may be

# what the student gets back does not show the hidden tests
c.GenerateFeedback.preprocessors = [
    "nbgrader.preprocessors.ClearHiddenTests",
    "nbgrader.preprocessors.GetGrades",
    "nbconvert.preprocessors.CSSHTMLHeaderPreprocessor",
]

# what a browser is shown, in Formgrader and in feedback, holds nothing that runs
c.HTMLExporter.preprocessors = ["coursework.show.Harmless"]
c.HTMLExporter.filters = {"markdown2html": "coursework.show.markdown", "highlight_code": "coursework.show.highlight"}
follow_the_course()
