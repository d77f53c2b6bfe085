# Jishi 集市. `make` alone lists what can be done.
#
# A fresh machine needs Python 3.11 or newer, make, and the package registries; nothing else.
# VENV=… puts the Python environment elsewhere; PORT=… and HOST=… move the market.

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
# The first Python that is new enough and can make environments (some systems split that off).
FIND_PYTHON = for name in $(PYTHON) python3.11 python3 python3.12 python3.13 python; do \
	"$$name" -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
	&& { command -v "$$name"; exit 0; }; done; \
	echo 'Python 3.11 or newer, with venv, was not found: set PYTHON=/path/to/python3.11' >&2; exit 1
PIP = $(PY) -m pip install --disable-pip-version-check --no-input --require-hashes
# With the settings and servers of this checkout: those of a running `make run`, or their own.
WITH_MARKET = $(PY) -m marketplace.supervisor with
FLASK = $(PY) -m flask --app wsgi

.PHONY: help env dev-env assets run test lint seed migrate bench relevance lock clean

help: ## List these commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

env: $(VENV)/.runtime-stamp ## Make the Python environment from requirements.lock

dev-env: $(VENV)/.dev-stamp ## The same with the tools for tests and checks

$(VENV)/.runtime-stamp: requirements.lock
	@$(MAKE) --no-print-directory _venv
	$(PIP) -r requirements.lock
	@touch $@

$(VENV)/.dev-stamp: requirements-dev.lock
	@$(MAKE) --no-print-directory _venv
	$(PIP) -r requirements-dev.lock
	@touch $@

# An environment that was cut short, or whose Python is gone, is made anew.
.PHONY: _venv
_venv:
	@"$(PY)" -m pip --version >/dev/null 2>&1 || { \
		python=$$($(FIND_PYTHON)) || exit 1; \
		echo "$$python -m venv $(VENV)"; "$$python" -m venv --clear "$(VENV)"; }

assets: marketplace/static/vendor/.stamp ## Fetch the browser's parts (htmx) into marketplace/static/vendor

marketplace/static/vendor/.stamp: package-lock.json marketplace/vendoring.py
	@test -x $(PY) || $(MAKE) --no-print-directory env
	$(PY) -m marketplace.vendoring
	@touch $@

run: env assets ## Run the whole market on this machine: make run PORT=8000
	@PORT=$(PORT) HOST=$(HOST) exec $(PY) -m marketplace.supervisor

test: dev-env assets ## Run every test, on real PostgreSQL and Valkey: make test ARGS="-k cart"
	$(PY) -m pytest -n 2 --dist loadfile $(ARGS)

lint: dev-env ## Check style, types, import order and translations
	$(PY) -m ruff check .
	$(PY) -m mypy
	$(VENV)/bin/lint-imports
	$(PY) -m pytest -q tests/architecture -k said_in_chinese

seed: env ## Plant the demo market: make seed SIZE=small|demo|large
	$(WITH_MARKET) $(FLASK) seed --size $(SIZE)

migrate: env ## Bring the database to the present schema
	$(WITH_MARKET) $(FLASK) migrate

bench: assets ## Measure pages beside the floor, with nothing installed but the market; writes var/reports/bench.json
	@$(MAKE) --no-print-directory env VENV=$(BENCH_VENV)
	$(BENCH_VENV)/bin/python -m benchmarks $(ARGS)

relevance: env ## Measure search on judged queries: make relevance SETS=../shared/data SPLIT=dev
	SETS=$(SETS) SPLIT=$(SPLIT) $(PY) -m search.relevance $(ARGS)

lock: ## Pin the dependencies anew, with hashes and without registry addresses (needs uv)
	uv pip compile pyproject.toml $(LOCK) -o requirements.lock
	uv pip compile pyproject.toml --extra dev -c requirements.lock $(LOCK) -o requirements-dev.lock
	npm install --package-lock-only --ignore-scripts

LOCK = --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --quiet

clean: ## Remove what was installed and built; the market's data under var/ stays
	rm -rf $(VENV) $(BENCH_VENV) node_modules marketplace/static/vendor .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
