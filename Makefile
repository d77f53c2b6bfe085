# Jishi 集市. `make` without a target lists the commands.
#
# Requirements: Python 3.11 or newer, make, and access to the package registries.
# VENV=… sets the path of the Python environment; PORT=… and HOST=… set the address of the server.

SHELL := /bin/sh
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

VENV ?= .venv
BENCH_VENV ?= .venv-bench
PORT ?= 8000
HOST ?= 127.0.0.1
SIZE ?= demo
SETS ?= ../shared/data
SPLIT ?= dev
ARGS ?=

PY := $(VENV)/bin/python
# The first Python that is new enough and has venv (some systems package venv separately).
FIND_PYTHON = for name in $(PYTHON) python3.11 python3 python3.12 python3.13 python; do \
	"$$name" -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
	&& { command -v "$$name"; exit 0; }; done; \
	echo 'Python 3.11 or newer, with venv, was not found: set PYTHON=/path/to/python3.11' >&2; exit 1
PIP = $(PY) -m pip install --disable-pip-version-check --no-input --require-hashes
# Run a command with the settings and servers of this checkout: those of a running `make run`, or new ones.
WITH_SERVERS = $(PY) -m local.supervisor with
FLASK = $(PY) -m flask --app wsgi

.PHONY: help env dev-env assets run test lint seed migrate bench relevance lock clean

help: ## List the commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

env: $(VENV)/.runtime-stamp ## Create the Python environment from requirements-local.lock

dev-env: $(VENV)/.dev-stamp ## Create it with the tools for tests and checks

$(VENV)/.runtime-stamp: requirements-local.lock
	@$(MAKE) --no-print-directory _venv
	$(PIP) -r requirements-local.lock
	@touch $@

$(VENV)/.dev-stamp: requirements-dev.lock
	@$(MAKE) --no-print-directory _venv
	$(PIP) -r requirements-dev.lock
	@touch $@

# Create the environment again when its creation was interrupted or its Python was removed.
.PHONY: _venv
_venv:
	@"$(PY)" -m pip --version >/dev/null 2>&1 || { \
		python=$$($(FIND_PYTHON)) || exit 1; \
		echo "$$python -m venv $(VENV)"; "$$python" -m venv --clear "$(VENV)"; }

assets: marketplace/static/vendor/.stamp ## Fetch the browser libraries (htmx) and bundle the stylesheet and the script
	@test -x $(PY) || $(MAKE) --no-print-directory env
	@$(PY) -m tools.build_assets

marketplace/static/vendor/.stamp: package-lock.json tools/vendor_assets.py
	@test -x $(PY) || $(MAKE) --no-print-directory env
	$(PY) -m tools.vendor_assets
	@touch $@

run: env assets ## Run the whole marketplace on this machine: make run PORT=8000
	@PORT=$(PORT) HOST=$(HOST) exec $(PY) -m local.supervisor

test: dev-env assets ## Run every test on real PostgreSQL and Valkey: make test ARGS="-k cart"
	$(PY) -m pytest -n 2 --dist loadfile $(ARGS)

lint: dev-env ## Check style, types, imports, names and translations
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy
	$(VENV)/bin/lint-imports
	$(PY) -m pytest -q -n 0 $(addprefix tests/architecture/test_,vocabulary.py imports.py code_conventions.py)

seed: env ## Seed the demo market: make seed SIZE=small|demo|large
	$(WITH_SERVERS) $(PY) -m demo seed --size $(SIZE)

migrate: env ## Migrate the database to the current schema
	$(WITH_SERVERS) $(FLASK) migrate

bench: assets ## Measure pages against the baseline, with nothing installed but the product; writes var/reports/bench.json
	@$(MAKE) --no-print-directory env VENV=$(BENCH_VENV)
	$(BENCH_VENV)/bin/python -m benchmarks $(ARGS)

relevance: env ## Measure search on judged queries: make relevance SETS=../shared/data SPLIT=dev
	SETS=$(SETS) SPLIT=$(SPLIT) $(PY) -m benchmarks.relevance $(ARGS)

lock: ## Pin the dependencies again, with hashes and without registry URLs (needs uv)
	uv pip compile pyproject.toml $(LOCK) -o requirements.lock
	uv pip compile pyproject.toml --extra local --extra demo -c requirements.lock $(LOCK) -o requirements-local.lock
	uv pip compile pyproject.toml --extra dev --extra local --extra demo -c requirements.lock $(LOCK) -o requirements-dev.lock
	npm install --package-lock-only --ignore-scripts

LOCK = --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --quiet

clean: ## Remove installed and built files; the data under var/ stays
	rm -rf $(VENV) $(BENCH_VENV) node_modules marketplace/static/vendor marketplace/static/css/jishi.css marketplace/static/js/jishi.js .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
