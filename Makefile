# Two commands do everything: `make run` and `make test`. The rest is for those who change things.

PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
OUT ?= out/market-sim
ARGS ?=

.PHONY: run test lint bench fuzz clean help

help: ## What can be made
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/'

run: $(VENV)/.runtime ## Play the five weeks; look at out/market-sim/report.html
	$(BIN)/marketsim run --out $(OUT) $(ARGS)

test: $(VENV)/.test ## Lint, types, import directions, the whole suite
	sh .ci/system-packages
	$(MAKE) lint
	$(BIN)/python -m pytest -n 2 --dist loadfile $(ARGS)

lint: $(VENV)/.test ## Style, types and import directions
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy simulator
	$(BIN)/lint-imports

bench: $(VENV)/.test ## Benchmarks against their peers (minutes)
	for script in load_tests/clearing/bench_*.py; do $(BIN)/python $$script || exit 1; done

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.runtime: pyproject.toml constraints.txt | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e .
	touch $@

$(VENV)/.test: pyproject.toml constraints.txt | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[test,load,cluster]'
	touch $(VENV)/.runtime $@

fuzz: $(VENV)/.test ## A hundred thousand spoilt network files of each format (a nightly matter)
	$(BIN)/python tests/network/network_fuzz.py 100000 $(ARGS)

clean: ## Forget the environment and all results
	rm -rf $(VENV) out build dist
