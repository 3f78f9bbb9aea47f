# Lacuna's commands. `make run` opens the window, `make test` tests everything; the others are for developers.
#
#   PYTHON=/path/to/python3     a Python other than the system's, 3.11 or newer
#   PIP_INSTALL_FLAGS="..."     options for pip. PyPI's torch is a CUDA build of up to 3 GB. Without a GPU, add the
#                               index of PyTorch's CPU builds (README.md): PIP_INSTALL_FLAGS="--extra-index-url URL"

PYTHON ?= python3
PIP_INSTALL_FLAGS ?=
VENV := .venv
STARTER := resources/starter/model/config.json
BIN := $(VENV)/bin
PIP_INSTALL = $(BIN)/python -m pip install --disable-pip-version-check $(PIP_INSTALL_FLAGS)

.PHONY: run setup test check bench package clean

run: setup
	@$(BIN)/python packaging/system_libraries.py
	@if $(BIN)/python -m app.host.display; then \
		exec $(BIN)/lacuna; \
	else \
		echo "Running the tour instead: the same window, offscreen, with pictures in tour/."; \
		exec $(BIN)/lacuna tour --out tour; \
	fi

setup: $(VENV)/.installed $(STARTER)

# Installation compiles the kernels, so it runs again when their sources change.
$(VENV)/.installed: pyproject.toml setup.py $(wildcard engine/kernels/*.[ch] engine/kernels/compile.py)
	@packaging/make_environment $(PYTHON) $(VENV)
	@packaging/bring_compiler
	$(PIP_INSTALL) --editable .
	@touch $@

# The demonstration model; where its base can't be had, that is said and the rest goes on without it.
$(STARTER): $(VENV)/.installed resources/starter/base.txt resources/starter/adapter.safetensors $(wildcard resources/starter/ba*.py resources/starter/build.*)
	@PIP_INSTALL_FLAGS="$(PIP_INSTALL_FLAGS)" packaging/bring_starter $(BIN)/python

$(VENV)/.test-installed: $(VENV)/.installed
	$(PIP_INSTALL) --quiet --editable '.[test]'
	@touch $@

# Tests use an offscreen window, which needs neither a display nor a display's libraries.
test: $(VENV)/.test-installed $(STARTER)
	@QT_QPA_PLATFORM=offscreen $(BIN)/python packaging/system_libraries.py
	QT_QPA_PLATFORM=offscreen $(BIN)/python -m pytest

check: $(VENV)/.test-installed
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: setup
	$(BIN)/lacuna bench --out bench.jsonl

package: $(VENV)/.test-installed $(STARTER)
	@QT_QPA_PLATFORM=offscreen $(BIN)/python packaging/system_libraries.py
	PIP_INSTALL_FLAGS="$(PIP_INSTALL_FLAGS)" packaging/build_and_smoke $(BIN)/python

clean:
	rm -rf build dist tour *.egg-info engine/kernels/libnf4.so resources/starter/model
