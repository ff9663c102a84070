# Run `make` alone to see the targets.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
LOCK := requirements/dev.lock
FACES ?=
CAMERA ?=
ONCE ?=
export FACECHECKIN_MODELS ?= $(CURDIR)/.models
export FACECHECKIN_DATA ?= $(CURDIR)/.data

.DEFAULT_GOAL := help
.PHONY: help setup models demo test fuzz bench lock clean contract release-contract screens

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 18

setup: $(VENV)/.ready ## make .venv with everything pinned in requirements/

$(VENV)/.ready: $(LOCK) pyproject.toml
	@test -x $(BIN)/python || { echo "setup: making $(VENV)"; $(PYTHON) -m venv $(VENV); }
	@echo "setup: installing the pinned packages (a few minutes the first time)"
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --require-hashes --no-deps -r $(LOCK)
	@echo "setup: installing torch"
	@$(BIN)/python -m pip install -qq --disable-pip-version-check torch==2.13.0
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

models: $(VENV)/.ready ## fetch and convert the models into .models (once)
	@$(BIN)/facecheckin models fetch

demo: models ## enrol a few people and watch them check in (FACES=folder/ CAMERA=usb ONCE=1)
	@$(BIN)/facecheckin demo $(if $(FACES),--faces "$(FACES)") $(if $(CAMERA),--camera "$(CAMERA)") $(if $(ONCE),--once)

test: models ## lint, types, import rules, and every test
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache > /dev/null || $(BIN)/lint-imports --no-cache
	$(BIN)/pytest -n 2 --dist loadfile

fuzz: setup ## a minute of fuzzing for each thing that reads what strangers send (SECONDS=60)
	$(BIN)/python -m tests.fuzz all --seconds $(or $(SECONDS),60)

bench: models ## measure, and say which bar falls short
	$(BIN)/python -m benchmarks.inference --bar
	$(BIN)/python -m benchmarks.checkin --bar
	$(BIN)/python -m benchmarks.event_store --bar
	$(BIN)/python -m benchmarks.station --bar
	$(BIN)/python -m benchmarks.contract --bar
	$(BIN)/python -m benchmarks.screens --bar

screens: models ## take a picture of every screen into .data/screens, and measure how soon they show
	@$(BIN)/python -m benchmarks.screens

contract: setup ## write docs/contracts from the code
	$(BIN)/python -m adapters.http.contract
	$(BIN)/python -m adapters.event_store.schemas

release-contract: setup ## keep the present contract for good, where no caller of an older one would trip over it
	$(BIN)/python -m adapters.http.release

lock: setup ## resolve the pins of pyproject.toml into requirements/*.lock
	@scripts/lock

clean: ## remove what the targets made, the models too
	rm -rf $(VENV) .models .data build *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis
