"""How many small changes to the library do its tests notice?   python -m benchmarks.mutation   (pip install mutmut)

Works on a copy in a temporary folder, with the tests of the library alone. Half an hour; prints each change that no
test noticed.
"""

import shutil
import subprocess
import tempfile
from pathlib import Path

ROOT = Path(__file__).parent.parent
MUTATED = ("descent", "optimizers", "derivatives", "linesearch", "autodiff", "stochastic")
CONFIG = f"""
[project]
name = "gdlib"
version = "0"
[tool.mutmut]
source_paths = {[f"gdlib/{name}.py" for name in MUTATED]}
also_copy = ["gdlib", "conftest.py", "tests"]
pytest_add_cli_args_test_selection = ["tests/gdlib"]
[tool.pytest.ini_options]
addopts = "--import-mode=importlib -x -q"
filterwarnings = ["error::RuntimeWarning"]
"""


def main():
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder)
        skip = shutil.ignore_patterns("explore", "__pycache__")
        shutil.copytree(ROOT / "gdlib", copy / "gdlib", ignore=skip)
        shutil.copytree(ROOT / "tests" / "data", copy / "tests" / "data")
        (copy / "tests" / "gdlib").mkdir()
        for name in (*MUTATED, "schedules"):
            shutil.copy(ROOT / "tests" / "gdlib" / f"test_{name}.py", copy / "tests" / "gdlib")
        shutil.copy(ROOT / "conftest.py", copy)
        (copy / "pyproject.toml").write_text(CONFIG, "utf-8")
        subprocess.run(["mutmut", "run"], cwd=copy, check=True)
        results = subprocess.run(["mutmut", "results"], cwd=copy, check=True, capture_output=True, text=True).stdout
        for line in results.splitlines():
            if line.endswith(("survived", "no tests")):
                subprocess.run(["mutmut", "show", line.split(":")[0].strip()], cwd=copy, check=True)


if __name__ == "__main__":
    main()
