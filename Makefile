# The commands of the house. `make run` opens the window, `make test` proves it; the rest is for those who change it.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
export QT_QPA_PLATFORM_TEST := offscreen

.PHONY: run setup test check bench package clean

run: setup
	@$(BIN)/python packaging/system_libraries.py
	@$(BIN)/lacuna

setup: $(VENV)/.installed

$(VENV)/.installed: pyproject.toml
	@packaging/make_environment $(PYTHON) $(VENV)
	$(BIN)/python -m pip install --quiet --editable .
	@touch $@

$(VENV)/.test-installed: $(VENV)/.installed
	$(BIN)/python -m pip install --quiet --editable '.[test]'
	@touch $@

test: $(VENV)/.test-installed
	@$(BIN)/python packaging/system_libraries.py
	QT_QPA_PLATFORM=offscreen $(BIN)/python -m pytest

check: $(VENV)/.test-installed
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: setup
	$(BIN)/python -m tests.bench

package: $(VENV)/.test-installed
	packaging/build_and_smoke $(BIN)/python

clean:
	rm -rf build dist tour *.egg-info
