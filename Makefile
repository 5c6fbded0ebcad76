# `make` prints every target. Needs Python 3.11 or newer and make; everything else goes into .venv.

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help setup run test test-deep check audit fix bench bench-publish bench-search load compare freshness \
	profile endure fuzz chaos soak new-domain docs lock clean

BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --no-input --quiet
PACKAGES := rules_compiler resolver product_platform admin_api
FOLDERS := rules_compiler resolver platform admin_api tests $(wildcard benchmarks loadtests scripts)
ARGS ?=

help: ## print this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-13s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: .venv/.installed ## make .venv whole from the locked, hash-checked requirements

run: setup ## start everything on http://localhost:8000 (ARGS="--port 9000" adds options of `signpost up`)
	@exec $(BIN)/signpost up $(ARGS)

# Tests start hundreds of processes: whatever the machine says otherwise, code is compiled once for all of them.
test: setup ## run all tests, starting the servers that they need (ARGS="-k window" runs some)
	@PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest -n 3 --dist loadfile --no-loadscope-reorder $(ARGS)

test-deep: setup ## hold table to reference over 20,000 examples and more, and try a million mutated links
	@HYPOTHESIS_PROFILE=deep FUZZ_LINKS=1000000 $(BIN)/python -m pytest -q tests/rules_compiler tests/conformance \
		tests/resolver/test_linkset_twins.py $(ARGS)

check: setup ## check format, lint, security, types and import contracts, and run the unit tests
	@$(BIN)/ruff format --check $(FOLDERS)
	@$(BIN)/ruff check $(FOLDERS)
	@$(BIN)/bandit --quiet --configfile pyproject.toml --recursive $(filter-out tests loadtests benchmarks,$(FOLDERS))
	@$(BIN)/mypy $(PACKAGES:%=-p %) -p loadtests -m scripts.new_domain.__main__
	@$(BIN)/lint-imports --no-logo
	@$(BIN)/python -m pytest -q -n 2 --dist loadfile -m "not servers and not processes" $(ARGS)

audit: setup ## look for known vulnerabilities in what is locked; needs an index that tells them
	@$(BIN)/python -m venv .venv/audit && .venv/audit/bin/python -m pip install --quiet "pip-audit>=2.10,<3"
	@.venv/audit/bin/pip-audit --strict --disable-pip --require-hashes -r requirements/run.lock
	@.venv/audit/bin/pip-audit --strict --disable-pip --require-hashes -r requirements/dev.lock

fix: setup ## repair what ruff can repair
	@$(BIN)/ruff check --fix $(FOLDERS)
	@$(BIN)/ruff format $(FOLDERS)

bench: setup ## measure the hot path in process, beside the last run
	@$(BIN)/python -m pytest -q benchmarks --benchmark-only --benchmark-columns=min,median,rounds \
		--benchmark-autosave $(if $(wildcard .benchmarks/*/*.json),--benchmark-compare) $(ARGS)

bench-publish: setup ## measure the publication of a whole catalogue (ARGS="--products 1000000": of that size)
	@$(BIN)/python -m benchmarks.publish $(ARGS)

bench-search: setup ## measure searches of a catalogue (ARGS="--products 100000": of that size, not of a million)
	@$(BIN)/python -m benchmarks.search_products $(ARGS)

load: setup ## drive a running `make run` for 20 s, print percentiles, write a report (ARGS=--ui: in a browser)
	@$(BIN)/python -m loadtests.load $(ARGS)

compare: setup ## measure throughput, latency and memory at up to a million products, beside constant services
	@$(BIN)/python -m loadtests.compare $(ARGS)

freshness: setup ## measure how long an edit takes until every worker serves it, under load
	@$(BIN)/python -m loadtests.freshness $(ARGS)

profile: setup ## look at one edge worker under load, and write a flame graph to .signpost-load/profile.svg
	@$(BIN)/python -m loadtests.profile $(ARGS)

endure: setup ## answer for 10 minutes under 50 edits a second, check answers and memory (ARGS="--seconds 60")
	@$(BIN)/python -m loadtests.endure $(ARGS)

chaos: setup ## kill, cut and lie for an hour, and tell what was lost (ARGS="--short", ARGS="--only random-kills")
	@$(BIN)/python -m loadtests.chaos $(ARGS)

soak: setup ## 30 minutes of edits, ending windows and restarts: is everything flat? (ARGS="--seconds 300")
	@$(BIN)/python -m loadtests.soak $(ARGS)

fuzz: setup ## try two million hostile requests at the edge, 200,000 over sockets, and every operation of the API
	@$(BIN)/python -m tests.fuzz $(ARGS)
	@FUZZ_EXAMPLES=200 $(BIN)/python -m pytest -q -n 2 tests/openapi

new-domain: setup ## write a domain NAME=gift_cards that works, and say what is left to do (docs/new-domain.md)
	@$(BIN)/python -m scripts.new_domain "$(NAME)"
	@$(MAKE) --no-print-directory docs

docs: setup ## write again what is made from code and tests: .env.example, docs/
	@$(BIN)/python -m admin_api.env_example > .env.example
	@$(BIN)/python -m tests.docs
	@$(BIN)/python -m tests.conformance.page > docs/conformance.md
	@$(BIN)/python -m tests.contract.page > docs/contract.md

lock: ## lock the newest dependencies (needs uv)
	@uv pip compile $(LOCK) --extra embedded pyproject.toml -o requirements/run.lock
	@uv pip compile $(LOCK) --extra embedded --group dev pyproject.toml -o requirements/dev.lock

clean: ## remove the environment and every cache; data in .signpost stays
	rm -rf .venv .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache dist
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

LOCK := --quiet --upgrade --universal --generate-hashes --no-emit-index-url --no-header --no-annotate \
	--python-version 3.11

.venv/bin/python:
	@sh scripts/make_venv.sh .venv

.venv/.locked: requirements/dev.lock | .venv/bin/python
	@$(PIP) install --require-hashes --only-binary :all: -r requirements/dev.lock
	@touch $@

.venv/.installed: pyproject.toml .venv/.locked
	@$(PIP) install --no-index --no-deps --no-build-isolation -e .
	@touch $@
