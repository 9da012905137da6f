# Two commands: `make demo` trains the digit classifier and writes its report, `make test` runs every check.
# Both set up .venv first, from nothing. `make quick` is the part of the checks that takes under a minute, `make docs`
# builds the site, `make wheel` what is released.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# --no-compile halves the time: Python compiles what is imported when it is imported
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-compile -c constraints.txt
# and keeps it, whatever this shell says: each of the tests' processes would compile everything again
export PYTHONDONTWRITEBYTECODE :=

.PHONY: demo test quick lint types check bench docs readme-picture wheel clean

demo: $(VENV)/.installed
	$(BIN)/netwright train digits

# side by side, since the type checker leaves a core idle
test: lint
	$(MAKE) --no-print-directory -j 2 types check

# The linter and the tests that train little or nothing: walls, docs, recipe, data, metrics, diagnosis, principles, nets.
QUICK := walls docs info recipe data_splits data_tables data_images doctor_* ladder metrics_* search_space \
	search_judge terminal nets augment augment_policy cli_explain principles_*

quick: lint
	$(BIN)/python -m pytest -n 2 $(foreach name,$(QUICK),$(wildcard tests/test_$(name).py))

lint: $(VENV)/.developed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.developed
	$(BIN)/mypy

check: $(VENV)/.developed
	$(BIN)/python -m pytest -n 2 --dist worksteal

bench: $(VENV)/.developed
	$(BIN)/python -m benchmarks

# -W: a warning is a mistake. The pages need no network; the gallery's scripts run anew, so they show what the code does now.
docs: $(VENV)/.documented
	rm -rf docs/_build docs/auto_gallery
	OMP_NUM_THREADS=1 MPLBACKEND=Agg $(BIN)/python -m sphinx -q -W -b html -d docs/_build/doctrees docs docs/_build/html
	@echo "docs/_build/html/index.html"

# Trains the demo and takes the picture of its report; needs a Chromium.
readme-picture: $(VENV)/.installed
	$(BIN)/python docs/picture.py

# dist/*.tar.gz and from it dist/*.whl, which is then installed and tried outside the tree.
wheel: $(VENV)/.developed
	rm -rf dist
	$(BIN)/python -m build --outdir dist
	WHEEL=$$(ls $(CURDIR)/dist/*.whl) $(BIN)/python -m pytest -n 0 tests/test_wheel.py

clean:
	rm -rf $(VENV) dist docs/_build docs/auto_gallery .mypy_cache .pytest_cache .ruff_cache

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
