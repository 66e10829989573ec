# Downhill. `make` alone says what can be made. Nothing is installed outside this folder.

PYTHON ?= python3
REQUIREMENTS ?= requirements.txt
VENV   := .venv
BIN    := $(VENV)/bin
READY  := $(VENV)/ready
PLAN   := $(patsubst %,tests/book/test_%.py,floor_plan loose_ends lock)
BUILD  := $(BIN)/jupyter-book build . --all -W --keep-going -n --quiet

# Python on the page comes from the site itself if PYODIDE names a folder with Pyodide in it (`make pyodide` makes one).
PYODIDE ?=
PYTHON_PARTS := $(if $(PYODIDE),DOWNHILL_PYTHON=_build/python)

.PHONY: help book pyodide python-parts serve slides lab check test test-machines notebooks lock bench clean

help:
	@echo "make book       build the book and say where to open it"
	@echo "make pyodide    fetch Pyodide, so that make book PYODIDE=_build/pyodide puts Python itself into the site"
	@echo "make serve      build it, serve it on this machine, and open it in the browser"
	@echo "make slides     build it, and slides of each chapter's core, for a lecture"
	@echo "make lab        open the chapters in JupyterLab"
	@echo "make check      what is quick, before every commit: format, lint, types, spelling, the library, the theorems"
	@echo "make test       run every test: the library, the theorems, the notebooks, the site"
	@echo "make test-machines  what computes, again as other processors round: MACHINES=\"avx2 sse jitter\" names some"
	@echo "make notebooks  run every notebook again and save what it shows"
	@echo "make lock       pin the newest versions that requirements.txt allows: what CI installs"
	@echo "make bench      time the library against a bare loop and its peers"
	@echo "make clean      remove all that make has made: the site, .venv, the caches"
	@echo ""
	@echo "The first of them sets up a virtual environment in $(VENV), once: one or two minutes."
	@echo "Another Python (3.11 or newer): make book PYTHON=/path/to/python3"

# Made once, and made anew when what it is made from changes. REQUIREMENTS=requirements-lock.txt takes the very versions of CI.
$(READY): $(REQUIREMENTS) pyproject.toml press/pyproject.toml
	@$(PYTHON) tools/python_version.py
	@echo "Setting up $(VENV): one or two minutes, this once."
	@$(PYTHON) -m venv --clear $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade pip
	@$(BIN)/python -m pip install --disable-pip-version-check -r $(REQUIREMENTS)
	@touch $(READY)

book: $(READY) python-parts
	@echo "Building the book: under a minute."
	@$(PYTHON_PARTS) $(BUILD)

pyodide: $(READY)
	@$(BIN)/python tools/pyodide.py fetch

python-parts: $(READY)
	@$(if $(PYODIDE),$(BIN)/python tools/pyodide.py prepare $(PYODIDE))

serve: $(READY) python-parts
	@echo "Building the book: under a minute."
	@$(PYTHON_PARTS) $(BUILD)
	@$(BIN)/python tools/serve.py

slides: book
	@$(BIN)/python tools/slides.py

lab: $(READY)
	@echo "Opening JupyterLab on the chapters. Control-C here ends it."
	@$(BIN)/jupyter lab chapters

check: $(READY)
	@$(BIN)/ruff format --check --quiet || (echo "This mends it:  $(BIN)/ruff format"; exit 1)
	@$(BIN)/python tools/normalise.py --check chapters/*.ipynb coursework/source/*/*.ipynb
	@$(BIN)/ruff check --quiet
	@$(BIN)/mypy --no-error-summary
	@$(BIN)/deno fmt --check --quiet && $(BIN)/deno lint --quiet && $(BIN)/deno check --quiet gdlib/explore/js
	@$(BIN)/codespell
	@$(BIN)/python -m pytest -q -n auto --dist loadfile tests/gdlib tests/theorems gdlib $(PLAN)

test check: export PYTHONDONTWRITEBYTECODE =  # where it is set, each of some hundred processes compiles gdlib anew
test: $(READY)
	@echo "Running every test, several files of them at once: about eighteen minutes on two cores."
	@$(BIN)/python -m pytest -n auto --dist loadfile --no-loadscope-reorder  # else files with few tests, which take long, come last

test-machines: $(READY)
	@$(BIN)/python tools/machines.py $(MACHINES)

notebooks: $(READY)
	@$(BIN)/python tools/normalise.py --execute chapters/*.ipynb coursework/source/*/*.ipynb
	@$(BIN)/python tools/release.py

lock: $(READY)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check "uv>=0.9,<1"
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --upgrade --no-annotate --custom-compile-command "make lock" \
		requirements.txt pyproject.toml --extra peers --output-file requirements-lock.txt

bench: $(READY)
	@echo "Timing: about a minute. Leave the machine alone meanwhile."
	@$(BIN)/python -m benchmarks

clean:
	rm -rf _build $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .coverage *.egg-info press/*.egg-info
