# Every task of the project. `make` alone lists them. Written for GNU make 4; on a computer
# without make, README.md gives the same steps as plain `python -m ...` commands.

PYTHON ?= python3
PLAN   ?= phu_tho_2017
JOBS   ?= 2
PY     := .venv/bin/python
PYTEST := $(PY) -m pytest

SHELL := /bin/sh
.SHELLFLAGS := -euc
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.NOTPARALLEL:
MAKEFLAGS += --no-builtin-rules

# What a user's own shell may hold and would disturb a run: other module paths, another
# environment, pip options that redirect an installation, other kernels, other test options.
unexport PYTHONPATH PYTHONHOME PYTHONSTARTUP PYTHONOPTIMIZE PYTHONWARNINGS PYTHONDONTWRITEBYTECODE
unexport VIRTUAL_ENV CONDA_PREFIX
unexport PIP_TARGET PIP_PREFIX PIP_USER PIP_CONSTRAINT PIP_REQUIREMENT PIP_NO_DEPS
unexport JUPYTER_PATH JUPYTER_CONFIG_PATH MPLBACKEND MATPLOTLIBRC PYTEST_ADDOPTS PYTEST_PLUGINS
unexport UV_CUSTOM_COMPILE_COMMAND
export PYTHONNOUSERSITE := 1
export PYTHONUTF8 := 1
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: help setup report illustrative test test-slow test-all test-long test-arrow lint format lab bench golden lock clean

help:
	@echo "make report     evaluate the illustrative returns and make every notebook, document and page"
	@echo "make illustrative  write made-up returns of a plan into data/returns/PLAN, to try it"
	@echo "make test       the quick tests"
	@echo "make test-slow  the slow tests only (papers, pages, whole runs, browser, LibreOffice)"
	@echo "make test-all   both at once; .ci/run is: make lint test-all"
	@echo "make test-long  further seeds and whole runs of other plans: before a release, and after a"
	@echo "                change of intake or objectives"
	@echo "make test-arrow the tests of analysis and a notebook beside pyarrow, polars and duckdb"
	@echo "make lab        open the notebooks in JupyterLab, on a working copy"
	@echo "make lint       check style, formatting and types; changes nothing"
	@echo "make format     put style and formatting right where that is safe"
	@echo "make bench      measure the batch against other ways (BEFORE=commit: and that one; PARTS=run: one part)"
	@echo "make golden     make tests/golden anew after a change of findings, notebooks or texts; read its diff"
	@echo "make setup      make .venv from requirements.lock (the others do so when needed; a minute)"
	@echo "make lock       write requirements.lock and environment.yml after a change of pyproject.toml"
	@echo "                (needs uv); LOCK_FLAGS=--upgrade takes the newest of everything"
	@echo "make clean      remove .venv and caches; outputs/ stays"
	@echo
	@echo "Settings: PYTHON=python3.12 (for setup), PLAN=phu_tho_2017, JOBS=2 (for test)"

# ---- setup ---------------------------------------------------------------------------------

# Two stamps, each written as the last act of its step, so that a step that was interrupted is
# done again from the start: .locked for the packages, .installed for the project itself.
setup: .venv/.installed
	@echo "The environment is ready in .venv."

.venv/.locked: requirements.lock
	@command -v "$(PYTHON)" >/dev/null 2>&1 || { \
	  echo "'$(PYTHON)' was not found. Install Python 3.11 or newer, or name it: make setup PYTHON=/path/to/python3" >&2; exit 1; }
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "This project needs Python 3.11 or newer, but '$(PYTHON)' is $$("$(PYTHON)" --version 2>&1 | head -n 1)." >&2; \
	  echo "Name a newer one: make setup PYTHON=/path/to/python3.11" >&2; exit 1; }
	@echo "Making .venv and installing the packages of requirements.lock (with uv where it is there; pip takes about a minute) ..."
	@rm -rf .venv
	@if command -v uv >/dev/null 2>&1; then \
	  uv venv --quiet --python "$(PYTHON)" .venv && \
	  uv pip install --quiet --python .venv/bin/python --require-hashes --no-deps -r requirements.lock; \
	else \
	  "$(PYTHON)" -m venv .venv && \
	  PIP_COMPILE=0 $(PY) -m pip install --quiet --no-input --require-hashes --no-deps -r requirements.lock; \
	fi
	@touch $@

.venv/.installed: .venv/.locked pyproject.toml
	@if command -v uv >/dev/null 2>&1; then \
	  uv pip install --quiet --python .venv/bin/python --no-deps --no-build-isolation -e .; \
	else \
	  $(PY) -m pip install --quiet --no-input --no-deps --no-build-isolation -e .; \
	fi
	@touch $@

# ---- use -----------------------------------------------------------------------------------

report: .venv/.installed
	$(PY) -m pcmd_eval run --plan $(PLAN)
	@echo "Done. Open outputs/$(PLAN)/published/index.html in a browser."

# Ignored by git but for the shipped ones; a folder with a real return is refused.
illustrative: .venv/.installed
	$(PY) scripts/illustrative.py $(PLAN)

lab: .venv/.installed
	$(PY) -m pcmd_eval lab --plan $(PLAN)

# ---- checks --------------------------------------------------------------------------------

test: .venv/.installed
	$(PYTEST) -n $(JOBS) --dist worksteal -m "not slow and not long"

test-slow: .venv/.installed
	$(PYTEST) -n $(JOBS) --dist worksteal -m "slow and not long"

# What a session makes once for its tests, it makes once for both.
test-all: .venv/.installed
	$(PYTEST) -n $(JOBS) --dist worksteal -m "not long"

test-long: .venv/.installed
	$(PYTEST) -n $(JOBS) --dist worksteal -m long

# Where pyarrow is installed, pandas keeps texts otherwise. The packages lie beside the others, so
# that requirements.lock needs none of them.
.venv/arrow: tests/arrow/requirements.txt .venv/.locked
	@rm -rf $@ $@.part
	@if command -v uv >/dev/null 2>&1; then \
	  uv pip install --quiet --python $(PY) --no-deps --target $@.part -r $<; \
	else \
	  $(PY) -m pip install --quiet --no-input --no-deps --target $@.part -r $<; \
	fi
	@mv $@.part $@ && touch $@

test-arrow: .venv/.installed .venv/arrow
	PYTHONPATH=.venv/arrow $(PY) -m pcmd_eval evaluate --output build/arrow
	cmp build/arrow/internal/findings.csv tests/golden/findings.csv
	PYTHONPATH=.venv/arrow $(PYTEST) -n $(JOBS) --dist worksteal -m "not slow and not long" \
	  tests/arrow/check_frames.py tests/arrow/check_run.py tests/analysis tests/charts tests/test_notebooks.py

lint: .venv/.installed
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy

format: .venv/.installed
	$(PY) -m ruff check --fix .
	$(PY) -m ruff format .

bench: .venv/.installed
	$(PY) scripts/bench.py $(PARTS) $(BEFORE)

golden: .venv/.installed
	$(PY) scripts/golden.py

# ---- upkeep --------------------------------------------------------------------------------

# One lock for Linux, macOS and Windows and for Python 3.11 and newer. Versions already in it stay
# unless pyproject.toml no longer allows them or LOCK_FLAGS=--upgrade is given.
lock:
	@command -v uv >/dev/null 2>&1 || { \
	  echo "'uv' is not on the PATH. Install it (python3 -m pip install uv, or see https://docs.astral.sh/uv/) and try again." >&2; exit 1; }
	uv pip compile pyproject.toml --quiet --all-extras --universal --python-version 3.11 \
	  --generate-hashes $(LOCK_FLAGS) -o requirements.lock
	"$(PYTHON)" scripts/environment.py

clean:
	rm -rf .venv .pytest_cache .ruff_cache .mypy_cache .hypothesis build dist
	find . -name .git -prune -o -name outputs -prune -o \
	  \( -name __pycache__ -o -name .ipynb_checkpoints -o -name '*.egg-info' \) -type d -prune -exec rm -rf {} +
