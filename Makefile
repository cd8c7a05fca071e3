# Everything a fresh machine needs is made here: a virtual environment from exact versions with
# hashes, and (as root, with apt) the Debian packages that the tests use. Safe to call twice.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
READY_DEV := $(VENV)/.ready-dev
READY_DOCS := $(VENV)/.ready-docs

# Tests run beside each other; who has done his own takes some of another's. Each process that they
# start finds its modules compiled, also where the machine is told to keep nothing.
BESIDE := --numprocesses auto --maxprocesses 4 --dist worksteal
unexport PYTHONDONTWRITEBYTECODE

.PHONY: run env test test-n8n soak fuzz lint format bench bench-quick docs screenshots lock kernel clean

run: $(READY)
	@$(BIN)/buzon serve

env:
	@$(PYTHON) deploy/env.py

test: $(READY_DEV)
	@sh tests/peers/install.sh
ifdef ARGS
	$(BIN)/pytest $(ARGS)
else
	$(BIN)/pytest -q $(BESIDE) --ignore tests/acceptance --ignore tests/faults --ignore tests/n8n
	$(BIN)/pytest -q $(BESIDE) tests/faults tests/acceptance
endif

# n8n is installed once, into a cache outside the repository; that takes 10 to 20 minutes.
test-n8n: $(READY_DEV)
	@sh tests/peers/install.sh
	BUZON_TEST_N8N=$$(PYTHON=$(abspath $(BIN)/python) sh tests/peers/n8n.sh) $(BIN)/pytest -q -s tests/n8n $(ARGS)

# Faults of every kind while mail comes in; docs/trust.md says how to read what it prints.
soak: $(READY_DEV)
	PYTHONPATH=tests $(BIN)/python -m faults.soak $(ARGS)

# What breaks parse, clean and loops; a case that is found becomes a file in tests/fuzz/found.
fuzz: $(READY_DEV)
	PYTHONPATH=tests $(BIN)/python -m fuzz.run $(ARGS)

lint: $(READY_DEV)
	$(BIN)/ruff check src tests bench metabase deploy docs
	$(BIN)/ruff format --check src tests bench metabase deploy docs
	$(BIN)/mypy
	MYPYPATH=metabase $(BIN)/mypy --strict metabase/*.py
	$(BIN)/lint-imports --no-cache

format: $(READY_DEV)
	$(BIN)/ruff check --fix src tests bench metabase deploy docs
	$(BIN)/ruff format src tests bench metabase deploy docs

bench: $(READY_DEV)
	@sh tests/peers/install.sh
	$(BIN)/python -m bench $(ARGS)

bench-quick: $(READY_DEV)
	@sh tests/peers/install.sh
	$(BIN)/python -m bench --quick $(ARGS)

# The manual, into site/; the pages can be opened as files, only the search wants a web server.
docs: $(READY_DOCS)
	@NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs --quiet build --strict --clean
	@echo "The manual: site/index.html. With search: $(BIN)/python -m http.server --directory site 8080"

# Chromium's own words for dates and files are in chromium-l10n, beside which the whole of it stands;
# pngquant makes the pictures small.
screenshots: $(READY_DEV)
	@sh tests/peers/install.sh chromium chromium-l10n pngquant
	$(BIN)/python docs/pictures/shoot.py $(ARGS)

lock: $(READY_DEV)
	$(BIN)/pip install --quiet uv
	$(BIN)/uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes \
	  --no-emit-index-url --no-header --quiet --output-file requirements.lock
	$(BIN)/uv pip compile pyproject.toml --extra docs --universal --python-version 3.11 --generate-hashes \
	  --no-emit-index-url --no-header --quiet --constraint requirements.lock --output-file requirements-docs.lock
	$(BIN)/uv pip compile pyproject.toml --extra dev --extra docs --universal --python-version 3.11 --generate-hashes \
	  --no-emit-index-url --no-header --quiet --constraint requirements-docs.lock --output-file requirements-dev.lock
	echo hatchling | $(BIN)/uv pip compile - --universal --python-version 3.11 --generate-hashes \
	  --no-emit-index-url --no-header --no-annotate --quiet --constraint requirements-dev.lock --output-file requirements-build.lock

# What the classifier does most, and telling languages, compiled to WebAssembly; a test compares them
# with their sources.
kernel: $(READY_DEV)
	$(BIN)/python deploy/kernel.py

clean:
	rm -rf $(VENV) dist site .mypy_cache .ruff_cache .pytest_cache

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Buzón needs Python 3.11 or newer; $(PYTHON) is older. Say which: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; }
	@$(PYTHON) -m venv $(VENV) || \
	  { echo "$(PYTHON) can't make a virtual environment. On Debian: apt-get install python3-venv"; exit 1; }

$(READY): requirements.lock pyproject.toml | $(VENV)/bin/python
	@echo "Installing what Buzón needs into $(VENV); the first time takes a minute…"
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --editable .
	@touch $@

$(READY_DEV): requirements-dev.lock $(READY)
	@echo "Installing what the tests need…"
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@touch $@

$(READY_DOCS): requirements-docs.lock $(READY)
	@echo "Installing what the manual is made with…"
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-docs.lock
	@touch $@
