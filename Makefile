# Two commands: `make demo` trains the digit classifier and writes its report, `make test` runs every check.
# Both set up .venv first, from nothing. `make docs` builds the gallery's pages.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# --no-compile halves the time: Python compiles what is imported when it is imported
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-compile -c constraints.txt

.PHONY: demo test lint types check bench docs clean

demo: $(VENV)/.installed
	$(BIN)/netwright train digits

test: lint types check

lint: $(VENV)/.developed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.developed
	$(BIN)/mypy

check: $(VENV)/.developed
	$(BIN)/python -m pytest -n 2

bench: $(VENV)/.developed
	$(BIN)/python -m benchmarks

# -W: a warning is a mistake. The pages need no network; every script runs anew, so they show what the code does now.
docs: $(VENV)/.documented
	rm -rf docs/_build docs/auto_gallery
	OMP_NUM_THREADS=1 MPLBACKEND=Agg $(BIN)/python -m sphinx -q -W -b html -d docs/_build/doctrees docs docs/_build/html
	@echo "docs/_build/html/index.html"

clean:
	rm -rf $(VENV) docs/_build docs/auto_gallery .mypy_cache .pytest_cache .ruff_cache

$(VENV)/.created:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "netwright needs Python 3.11 or newer; this one is " + sys.version.split()[0] + ": make PYTHON=python3.12")'
	$(PYTHON) -m venv $(VENV)
	touch $@

$(VENV)/.installed: $(VENV)/.created pyproject.toml constraints.txt
	$(PIP) -e .
	touch $@

$(VENV)/.developed: $(VENV)/.installed
	$(PIP) -e '.[dev,tensorboard]'
	touch $@

$(VENV)/.documented: $(VENV)/.installed
	$(PIP) -e '.[docs]'
	touch $@
