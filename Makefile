# The one way in: each of these may be the first command after a clone.
#
#   make run        start Ringback (ARGS="--port 8000" goes to `ringback up`)
#   make test       everything, real engines included where they can be started
#   make coverage   the same, twice as long, and which lines no test reaches
#   make check      what must hold before a commit, in under a minute
#   make web        build the web page
#   make setup      make everything that the others need, and start nothing
#   make lock       resolve the lock files anew (UPGRADE=1: to the newest releases)
#   make bench      every figure; make bench-thread, … one of them (ARGS=--quick)
#   make chaos      kill -9 while people talk (N=200: so many storms, resumed; SEED=17: that one)
#   make coverage-map   which test shows which row of the requirements

.DEFAULT_GOAL := help
.PHONY: help run test test-setup coverage check web setup lock bench bench-thread bench-turn-end bench-voice \
	bench-hearing bench-jobs bench-memory chaos coverage-map environment-run environment-dev \
	weights lint types imports unit

ARGS ?=
BIN := .venv/bin
PART := infra/setup/part

help:
	@sed -n 's/^#   //p' Makefile

run: environment-run
	@$(BIN)/python -m backend.platform.weights
	@infra/setup/web
	@exec $(BIN)/ringback up $(ARGS)

test: test-setup
	@exec $(BIN)/pytest $(ARGS)

coverage: test-setup
	@exec $(BIN)/pytest --cov --cov-report=term $(ARGS)

test-setup:
	@$(PART) "environment" infra/setup/environment dev
	@$(PART) "weights" $(BIN)/python -m backend.platform.weights
	@$(PART) "web page" infra/setup/web

check: environment-dev
	@$(MAKE) --no-print-directory --jobs=2 --keep-going --output-sync=target lint types imports unit

lint:
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check --quiet .

types:
	@$(BIN)/mypy

imports:
	@$(BIN)/lint-imports --no-logo

unit:
	@$(BIN)/pytest -q -m "not slow" tests/architecture tests/unit \
		--deselect tests/architecture/test_imports.py

web: environment-dev
	@infra/setup/web

setup: environment-dev weights
	@infra/setup/web

lock: environment-dev
	@infra/setup/lock

bench: bench-thread bench-voice bench-hearing bench-turn-end bench-jobs bench-memory

bench-thread: environment-dev
	@exec $(BIN)/python -m bench.thread $(ARGS)

bench-voice: environment-dev
	@exec $(BIN)/python -m bench.voice $(ARGS)

bench-hearing: environment-dev
	@exec $(BIN)/python -m bench.hearing $(ARGS)

bench-jobs: environment-dev
	@exec $(BIN)/python -m bench.jobs $(ARGS)

bench-memory: environment-dev
	@exec $(BIN)/python -m bench.memory $(ARGS)

bench-turn-end: environment-dev
	@exec $(BIN)/python -m bench.turn_end $(ARGS)

chaos: environment-dev
	@exec $(BIN)/python -m tests.chaos $(if $(SEED),--seed $(SEED)) $(if $(N),--storms $(N)) $(ARGS)

coverage-map: environment-dev
	@exec $(BIN)/python -m tests.architecture.coverage_map

environment-run:
	@infra/setup/environment run

environment-dev:
	@infra/setup/environment dev

weights:
	@$(BIN)/python -m backend.platform.weights
