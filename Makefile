# Two commands for a reader of the README: `make demo` and `make test`.
# Both install what they need into .venv, from locked requirements with hashes.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
SPEED ?= 180

.PHONY: demo test console check format lint types floors unit golden docs lock wheel bench pictures screens fuzz clean

demo: $(VENV)/.run
	$(BIN)/parley demo --speed $(SPEED)

test: check

console: console/build/.site ## the page that the node serves at /console/, from locked packages; needs Node.js

check: $(VENV)/.dev console ## every check: format, ruff, mypy, floors, the console's own, tests with warnings as errors, docs
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m parley.testing.openapi > console/build/openapi.json
	cd console && npm run --silent api && npm run --silent check
	@# compiles the loops of the watch once, before tests that wait only so long
	$(BIN)/parley watch --day examples/day.csv --agreement examples/agreement.json
	$(BIN)/python -m pytest -n 2 --dist worksteal

format: $(VENV)/.dev
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

lint: $(VENV)/.dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

types: $(VENV)/.dev
	$(BIN)/mypy

floors: $(VENV)/.dev
	$(BIN)/lint-imports

unit: $(VENV)/.dev
	$(BIN)/python -m pytest tests/unit

wheel: $(VENV)/.dev console
	$(BIN)/python -m build --wheel --no-isolation

golden: $(VENV)/.dev ## what is written from the code: golden findings, diagrams, the CLI reference
	$(BIN)/python -m parley.testing.golden
	$(BIN)/python -m parley.testing.diagrams
	$(BIN)/python -m parley.cli.reference

docs: $(VENV)/.dev ## the commands, tables and names that the pages show are true
	$(BIN)/python -m pytest tests/docs tests/golden

screens: $(VENV)/.dev console ## pictures of every screen, in docs/screens
	$(BIN)/python -m parley.testing.screens docs/screens

pictures: $(VENV)/.run
	$(BIN)/parley demo --speed max --out demo-out --svg docs/pictures/demo.svg

fuzz: $(VENV)/.dev ## every parser and every law, with many more examples
	PARLEY_HYPOTHESIS=deep $(BIN)/python -m pytest tests/unit/wire tests/unit/ledger tests/unit/space --timeout 3600 -n 2

bench: $(VENV)/.dev ## the figures of docs/figures.md; about forty minutes on two cores
	$(BIN)/python benchmarks/ledger.py
	$(BIN)/python benchmarks/wire.py
	$(BIN)/python benchmarks/store.py
	$(BIN)/python benchmarks/delivery.py
	$(BIN)/python benchmarks/cosign.py
	$(BIN)/python benchmarks/startup.py
	$(BIN)/python benchmarks/audit.py
	$(BIN)/python benchmarks/demo_start.py
	$(BIN)/python benchmarks/sweep.py --install
	$(BIN)/python benchmarks/calm.py
	$(BIN)/python benchmarks/watch_latency.py
	$(BIN)/python benchmarks/picture.py
	$(BIN)/python benchmarks/feeds.py
	$(BIN)/python benchmarks/posting.py
	$(BIN)/python benchmarks/lists.py
	$(BIN)/python benchmarks/review_pack.py
	$(BIN)/python benchmarks/directory.py
	$(BIN)/python benchmarks/console_frames.py
	$(BIN)/python benchmarks/console_check.py
	$(BIN)/python benchmarks/console.py

clean:
	rm -rf $(VENV) dist build .mypy_cache .ruff_cache .pytest_cache .hypothesis

lock: ## regenerate the locks: hashes, no addresses
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header pyproject.toml -o requirements/run.txt
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header pyproject.toml --group dev -o requirements/dev.txt
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header requirements/build.in -o requirements/build.txt

console/node_modules/.locked: console/package-lock.json console/.npmrc
	cd console && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
	touch $@

CONSOLE := $(shell find console/src -type f) console/build.mjs console/index.html
console/build/.site: console/node_modules/.locked $(CONSOLE)
	cd console && node build.mjs
	mkdir -p console/build && touch $@

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.build: $(VENV)/bin/python requirements/build.txt
	$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements/build.txt
	touch $@

$(VENV)/.run: $(VENV)/.build requirements/run.txt pyproject.toml
	$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements/run.txt
	$(BIN)/python -m pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e .
	touch $@

$(VENV)/.dev: $(VENV)/.run requirements/dev.txt
	$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements/dev.txt
	touch $@
