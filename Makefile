# Needs make and a Python from 3.11 on, with venv; everything else comes by the locks into .venv.

PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11 python; do \
	$$p -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --no-input --quiet
RUN := .venv/installed-run
DEV := .venv/installed-dev
LOCK := $(BIN)/uv pip compile --quiet --universal --generate-hashes --no-header --python-version 3.11 pyproject.toml
SHORT ?=
BENCH ?=
SHOTS ?=
PROCESSES ?= 6
PYTEST := $(BIN)/python -m pytest
SHARED := -n $(PROCESSES) --dist loadscope --no-loadscope-reorder

# Keep what Python compiles: each process of the tests would compile all of it anew.
unexport PYTHONDONTWRITEBYTECODE
MAKEFLAGS += --no-print-directory
.DEFAULT_GOAL := help
.PHONY: awkward bounds browser clients help demo test check lint types floors lock-check compose-check test-redis bench chaos lock fmt clean

help:  ## what you can say
	@sed -n 's/^\([a-z-]*\):.*##  *\(.*\)/\1|\2/p' Makefile | awk -F'|' '{printf "  make %-14s %s\n", $$1, $$2}'

demo: $(RUN)  ## send sample orders to simulated vendors, on an embedded store
	@$(BIN)/ordercast demo

test: $(DEV)  ## all tests but chaos, in several processes (PROCESSES=4 for four); four minutes on two cores
	@$(PYTEST) $(SHARED)

check: lint types floors lock-check compose-check test  ## what CI runs

lint: $(DEV)  ## style; of the Lua too, where luacheck is (Debian: apt-get install lua-check)
	@$(BIN)/ruff check --quiet .
	@$(BIN)/ruff format --quiet --check .
	@if command -v luacheck >/dev/null; then luacheck --quiet worker/ledger/scripts; \
	else echo "luacheck is not installed: the Lua files are not checked" >&2; fi

types: $(DEV)  ## mypy, strict
	@$(BIN)/mypy --no-error-summary

floors: $(DEV)  ## who may import whom
	@PYTHONPATH=. $(BIN)/lint-imports >.venv/floors.txt 2>&1 || { cat .venv/floors.txt; exit 1; }

lock-check:  ## the locks name no host
	@! grep -n '://' requirements.lock requirements-dev.lock

compose-check: $(DEV)  ## docker-compose.yml and Dockerfile, without an engine
	@$(BIN)/check-jsonschema --quiet --builtin-schema vendor.compose-spec docker-compose.yml
	@$(BIN)/hadolint Dockerfile

test-redis: $(DEV)  ## what speaks Lua to the store once more, on this machine's redis-server
	@ORDERCAST_TEST_STORE=redis $(PYTEST) $(SHARED) -m lua tests/ledger

bounds: $(DEV)  ## a day-long outage, a million records, bytes and times; all examples of every property; writes docs/operations-figures.md
	@ORDERCAST_BOUNDS=full $(PYTEST) tests/bounds
	@ORDERCAST_BOUNDS=full $(PYTEST) $(SHARED) -m hypothesis

awkward: $(DEV)  ## 10,000 awkward orders at every simulated vendor: sums, and what differs in silence; in a quarter of an hour
	@ORDERCAST_AWKWARD=full $(PYTEST) tests/awkward

clients: $(DEV)  ## other people's Celery clients, validators and generators of types, from npm and PyPI; writes docs/clients.md's table
	@ORDERCAST_CLIENTS=full $(PYTEST) tests/clients

chaos: $(DEV)  ## kill -9 and network faults with an invariant checker, an hour; SHORT=1 for some minutes
	@ORDERCAST_CHAOS=$(if $(SHORT),short,full) $(PYTEST) tests/chaos

browser: $(DEV)  ## the desk in Debian's Chromium, with axe-core from npm; SHOTS=docs/desk for pictures of each page
	@command -v npm >/dev/null && npm install --silent --no-audit --no-fund --prefix .venv/browser axe-core@4.14.1 >/dev/null 2>&1 || \
		echo "npm is not there: nothing is said of accessibility" >&2
	@$(if $(SHOTS),mkdir -p $(SHOTS);) ORDERCAST_SCREENSHOTS=$(SHOTS) $(PYTEST) tests/browser

bench: $(DEV)  ## rate, cost, delay, isolation, recovery, beside others; BENCH="--orders 200 --pairs 1" for a short try
	@$(BIN)/python -m benchmarks $(BENCH)

lock: $(DEV)  ## resolve the dependencies anew
	@$(LOCK) --upgrade --group build -o requirements.lock
	@$(LOCK) --upgrade --group build --group dev --constraint requirements.lock -o requirements-dev.lock

fmt: $(DEV)  ## format and mend what can be mended
	@$(BIN)/ruff check --quiet --fix . ; $(BIN)/ruff format --quiet .

clean:  ## remove what was made here; var/ holds orders and stays
	@rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .coverage dist

$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "Ordercast needs Python 3.11 or later with venv (Debian: apt-get install python3-venv); \
	say which with make PYTHON=/path/to/python3" >&2; exit 1; }
	@echo "Making .venv with $(PYTHON) …" >&2
	@$(PYTHON) -m venv .venv

$(RUN): requirements.lock pyproject.toml | $(BIN)/python
	@echo "Installing requirements.lock …" >&2
	@$(PIP) install --require-hashes -r requirements.lock
	@$(PIP) install --no-build-isolation --no-deps -e .
	@touch $@

$(DEV): requirements-dev.lock $(RUN)
	@echo "Installing requirements-dev.lock …" >&2
	@$(PIP) install --require-hashes -r requirements-dev.lock
	@touch $@
