# `make help` tells what there is.

# The first Python that is new enough; `make PYTHON=/path/to/python3 …` chooses another.
NEW_ENOUGH := import sys; sys.exit(sys.version_info < (3, 11))
PYTHON ?= $(shell for name in python3 python3.14 python3.13 python3.12 python3.11; do \
	"$$name" -c '$(NEW_ENOUGH)' 2>/dev/null && echo "$$name" && break; done)
NO_PYTHON = make: Python 3.11 or later is needed and was not found: install it, or name it: make PYTHON=/path/to/python3
NO_VENV = make: this Python cannot make a virtual environment: install its venv package \
	(Debian and Ubuntu: apt-get install python3-venv)

BIN := .venv/bin
PIP := PIP_ROOT_USER_ACTION=ignore PIP_DISABLE_PIP_VERSION_CHECK=1 $(BIN)/python -m pip -qq
INSTALL_LOCKED := $(PIP) install --require-hashes -r
INSTALL_SELF := $(PIP) install --no-deps --no-build-isolation --editable .
PARSERS := tests/other_parsers
UV_VERSION := 0.13.9
COMPILE = .venv/uv/bin/uv pip compile pyproject.toml --quiet --universal --python-version 3.11 --group build \
	--generate-hashes --no-emit-index-url --custom-compile-command "make lock" $(if $(UPGRADE),--upgrade)

# A conda or csh environment has a HOST of its own that means something else: only `make serve HOST=…` counts.
ifneq ($(origin HOST),command line)
HOST :=
endif

.DEFAULT_GOAL := help
.PHONY: help serve test lint bench lock clean

help: ## says what there is
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-6s %s\n", $$1, $$2 }' Makefile

serve: .venv/serve ## serves on http://127.0.0.1:8000; HOST=… and PORT=… choose another address
	@exec $(BIN)/cecc-feeds serve $(if $(HOST),--host "$(HOST)") $(if $(PORT),--port "$(PORT)")

test: .venv/test $(PARSERS)/node_modules/.package-lock.json ## runs the whole test suite; ARGS="-k word" only a part
	@$(BIN)/python -m pytest $(ARGS)

lint: .venv/test ## checks style and types
	@$(BIN)/ruff check --no-cache .
	@$(BIN)/ruff format --no-cache --check .
	@$(BIN)/mypy

bench: .venv/test ## measures the promised speeds (nginx and wrk needed); ARGS="--only hot,cold" a part, ARGS=--quick small
	@$(BIN)/python -m benchmarks $(ARGS)

lock: ## makes the lock files anew, hashes and all; UPGRADE=1 takes the newest versions
	@test -n "$(PYTHON)" || { echo "$(NO_PYTHON)" >&2; exit 1; }
	@mkdir -p .venv && "$(PYTHON)" -m venv .venv/uv && .venv/uv/bin/python -m pip -qq install uv==$(UV_VERSION)
	@$(COMPILE) --extra test --output-file requirements-test.txt
	@$(COMPILE) --constraint requirements-test.txt --no-annotate --output-file requirements.txt

clean: ## removes what make and the tools made, but not instance/
	@rm -rf .venv dist .hypothesis .mypy_cache .pytest_cache .ruff_cache $(PARSERS)/node_modules
	@find app.py benchmarks src tests -name __pycache__ -type d -prune -exec rm -rf {} +

# The virtual environment is made anew where it is missing, broken, half made or copied from another folder.
PLACE := $(shell $(BIN)/python -c 'import pip' 2>/dev/null && cat .venv/place)
ifneq ($(PLACE),$(CURDIR))
.PHONY: .venv/place
endif
.venv/place:
	@"$(PYTHON)" -c '$(NEW_ENOUGH)' 2>/dev/null || { echo "$(NO_PYTHON)" >&2; exit 1; }
	@"$(PYTHON)" -c 'import ensurepip, venv' 2>/dev/null || { echo "$(NO_VENV)" >&2; exit 1; }
	@echo "making .venv with $$("$(PYTHON)" --version) …"
	@"$(PYTHON)" -m venv --clear .venv && echo "$(CURDIR)" > $@

.venv/serve: .venv/place requirements.txt pyproject.toml
	@echo "installing the locked dependencies …"
	@$(INSTALL_LOCKED) requirements.txt && $(INSTALL_SELF) && touch $@

.venv/test: .venv/place requirements-test.txt pyproject.toml
	@echo "installing the locked dependencies and what the tests need …"
	@$(INSTALL_LOCKED) requirements-test.txt && $(INSTALL_SELF) && touch .venv/serve $@

# ical.js, which reads our calendars, axe-core, which judges our pages, and puppeteer-core, which drives Firefox; without
# npm or network the tests go on without them, but not in CI.
$(PARSERS)/node_modules/.package-lock.json: $(PARSERS)/package.json $(PARSERS)/package-lock.json
	@if command -v npm >/dev/null; then npm ci --prefix $(PARSERS) --silent --no-audit --no-fund \
		|| { echo "make: npm could not install ical.js, axe-core and puppeteer-core: their part of the tests is left out" >&2; test "$$CI" != true; }; fi
