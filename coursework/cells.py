"""What is done to a submission's cells before they run."""

from copy import deepcopy

import nbformat
from nbgrader.preprocessors import NbGraderPreprocessor
from nbgrader.utils import is_grade, is_locked


def name_of(cell):
    """The cell's grade_id, or None; whatever a student's editor has done to the metadata."""
    metadata = cell.metadata.get("nbgrader")
    return str(metadata.get("grade_id") or "") or None if isinstance(metadata, dict) else None


class RestoreCells(NbGraderPreprocessor):
    """Give every cell the metadata that it was released with, and put back what was deleted.

    Points, flags, tags and types are the release's again; cells that are not from the release, or copies of one that
    comes later, are plain cells. (nbgrader's OverwriteCells, which runs next, puts back what stands in the tests,
    hidden ones included. It leaves flags and tags alone, a copied cell stops it, and so does a deleted cell that
    follows one that is no question.)
    """

    def preprocess(self, nb, resources):
        ids = resources["nbgrader"]
        course = self.parent.parent.coursedir
        folder = course.format_path(course.release_directory, ".", ids["assignment"])
        released = {name_of(cell): cell for cell in nbformat.read(f"{folder}/{ids['notebook']}.ipynb", as_version=4).cells}
        released.pop(None, None)
        here = {}
        for cell in reversed(nb.cells):
            name = name_of(cell)
            cell.metadata.pop("nbgrader", None)
            if name in released and name not in here:
                here[name] = cell
                cell.metadata = deepcopy(released[name].metadata)
        index = len(nb.cells)
        for name, cell in reversed(released.items()):  # as late as can be: what it tests may stand in a cell without a name
            if name in here:
                index = next(i for i, other in enumerate(nb.cells) if other is here[name])
            elif is_locked(cell) or is_grade(cell):
                nb.cells.insert(index, deepcopy(cell))
                if not is_locked(cell):  # an answer that is graded by hand, and was perhaps written elsewhere
                    nb.cells[index].source += f"\n\n(The cell `{name}` was not handed in. Look for the answer around here.)"
        return nb, resources
