# Everything a person runs. `make help` lists it.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: help install demo test lint bench mutate torture clean

help:
	@echo "make install    .venv with the huzhu command in it"
	@echo "make demo       the demo village with its phone simulator; CHECK=1 walks one loan through it and stops"
	@echo "make test       everything the project checks, with its own Redis and PostgreSQL"
	@echo "make lint       ruff and mypy"

$(BIN)/huzhu: pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e .
	@touch $(BIN)/huzhu

install: $(BIN)/huzhu

$(VENV)/.test: $(BIN)/huzhu
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[test]'
	@touch $(VENV)/.test

demo: install
	$(BIN)/huzhu demo $(if $(CHECK),--check)

lint: $(VENV)/.test
	$(BIN)/ruff check .
	$(BIN)/mypy ledger handlers bot jobs huzhu.py

test: lint
	$(BIN)/python -m tests.needs
	rm -f .coverage .coverage.*
	HUZHU_COVER=1 $(BIN)/python -m pytest -n 2 --dist worksteal
	$(BIN)/python -m coverage combine -q
	$(BIN)/python -m coverage report --skip-covered --show-missing --fail-under=100

mutate: $(VENV)/.test
	$(BIN)/python -m tests.tools.mutate $(FILES)

torture: $(VENV)/.test
	$(BIN)/python -m tests.torture.schedules $(N)
	$(BIN)/python -m tests.torture.faults --kills 1000 --flushes 50
	$(BIN)/python -m tests.torture.faults --kills 1000 --flushes 50 --postgresql
	$(BIN)/python -m tests.planted.run
	$(BIN)/python -m tests.torture.texts $(or $(N),1000000)
	$(BIN)/python -m tests.torture.bodies $(or $(N),1000000)
	$(BIN)/python -m tests.torture.pushes $(or $(N),1000000)
	$(BIN)/python -m tests.torture.bodies $(or $(N),1000000) --postgresql
	$(BIN)/python -m tests.torture.timing
	$(BIN)/python -m tests.torture.societies $(or $(SECONDS),600)
	$(BIN)/python -m tests.torture.societies $(or $(SECONDS),600) --postgresql

clean:
	rm -rf $(VENV) build *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis .coverage .coverage.*
