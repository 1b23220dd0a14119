# One front door: the same words at home and in CI. `make` alone lists them.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory
unexport PYTHONDONTWRITEBYTECODE  # set in many containers: every start would compile the whole server
.PHONY: help setup setup-test demo test fault check bench bench-peak load clean format

PORT ?= 8000
PY := .venv/bin/python
NPM := cd overlay_web && npm run --silent

help:  ## what can be said here
	@awk -F':.*## ' '/^[a-z-]+:.*## / {printf "  make %-11s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup:  ## environment in .venv and the pages; does nothing when nothing changed
	@.ci/setup run

setup-test:  ## the above, the development tools and the programs that tests start
	@.ci/setup test

demo: setup  ## the server with a room `demo` and a simulated crowd (PORT=8000)
	@exec $(PY) -m server demo --port $(PORT)

test: setup-test  ## every test
	@.ci/storeys

fault: setup-test  ## all that is killed, frozen or flooded, with LIVEROOM_KILLS=200 kills (LIVEROOM_SEED=…)
	@.ci/fault

check: setup-test  ## formatting, lint, types, who may import whom, rule ids
	@.ci/checks

format: setup-test  ## what ruff can mend, mended
	@.venv/bin/ruff check --quiet --fix . ; .venv/bin/ruff format .

bench: setup-test  ## the benchmarks beside their floors and peers, as one table
	@$(PY) -m loadtest.bench

bench-peak: setup-test  ## 15 000 viewers, storms, idle crowds, overload: 11 minutes, written to docs/benchmarks
	@$(PY) -m loadtest.bench peak --write docs/benchmarks

load: setup-test  ## one minute of a crowd against a server it starts; pass or fail
	@$(PY) -m loadtest

clean:  ## removes .venv, the bundle, caches and test artefacts; never ./var
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache overlay_web/dist overlay_web/node_modules tests/artefacts
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
