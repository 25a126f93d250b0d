# ewcm. Bare `make` prints help; `make country=UGA` makes one country (no target word needed).
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DELETE_ON_ERROR:
.SUFFIXES:

# Python to build .venv with: the first of these that is 3.11 or newer. Override with `make PYTHON=/path/to/python ...`.
PYTHON ?= $(shell for p in python3.11 python3.12 python3.13 python3 python; do \
	command -v $$p >/dev/null 2>&1 && $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 \
	&& { echo $$p; break; }; done)

PY := .venv/bin/python
EWCM := $(PY) -m ewcm
# Extras of the package that the commands of the README need.
EXTRAS := map,batch,fetch
RUN_STAMP := .venv/installed-run
DEV_STAMP := .venv/installed-dev
STARTER_STAMP := .venv/installed-starter

# Arguments of the country commands, only where given; single quotes inside a path are escaped for the shell.
quoted = '$(subst ','\'',$(1))'
INPUTS_ARG = $(if $(inputs),--inputs $(call quoted,$(inputs)))
OUTPUT_ARG = $(if $(output),--output $(call quoted,$(output)))
ALLOW_ARG = $(if $(filter 1 yes true,$(allow_starter)),--allow-starter)
FETCHED = $(if $(filter 1 yes true,$(all)),all,$(country))
workers ?= 2
# Tests wait a good part of their time, for browsers, servers and processes of their own: one more than there are cores.
testers ?= 3
# Files in the order that tests/conftest.py gives them: those that take longest come first.
SPREAD = -n $(testers) --dist loadfile --no-loadscope-reorder
# They start some sixty processes; where Python keeps no compiled files, each would compile the whole engine anew.
TEST = env -u PYTHONDONTWRITEBYTECODE $(PY) -m pytest -q $(SPREAD)

.DEFAULT_GOAL := $(if $(country),map,help)
.PHONY: help map init check learn countries data starter all verified test test-long bench lint docs docs-site format clean

help: ## this text
	@echo "ewcm: who cannot be reached by an alert on a mobile phone, where, and how sure that is"
	@echo
	@echo "  make country=UGA                             one country from data/UGA, or from the starter pack"
	@echo "  make country=UGA inputs=my_files/uganda      one country from files elsewhere; output=DIR puts maps/ elsewhere"
	@echo "  ... allow_starter=1                          starter data, where inputs were meant to be and are not there"
	@grep -hE '^[a-z-]+:.*## ' $(firstword $(MAKEFILE_LIST)) | sed -E 's/^([a-z-]+):.*## (.*)$$/  make \1|\2/' \
	| awk -F'|' '{ printf "%-47s%s\n", $$1, $$2 }'
	@echo
	@echo "Everything is set up by itself in .venv on first use (Python 3.11 or newer, and an index of Python packages)."

map: $(RUN_STAMP) ## country=ISO3 [inputs=DIR] [output=DIR]: the same, with the target word
	@test -n '$(country)' || { echo "make map: say which country, for example make country=UGA" >&2; exit 2; }
	@$(EWCM) run $(call quoted,$(country)) $(INPUTS_ARG) $(OUTPUT_ARG) $(ALLOW_ARG)

init: $(RUN_STAMP) ## country=ISO3 [inputs=DIR]: write an inputs.toml with comments, from the files of that folder
	@test -n '$(country)' || { echo "make init: say which country, for example make init country=UGA" >&2; exit 2; }
	@$(EWCM) init $(call quoted,$(country)) $(if $(inputs),$(call quoted,$(inputs)))

check: $(RUN_STAMP) ## country=ISO3 [inputs=DIR] [strict=1]: read every input; say what it is and what to doubt
	@test -n '$(country)' || { echo "make check: say which country, for example make check country=UGA" >&2; exit 2; }
	@$(EWCM) check $(call quoted,$(country)) $(INPUTS_ARG) $(if $(filter 1 yes true,$(strict)),--strict)

countries: $(RUN_STAMP) ## list the countries
	@$(EWCM) countries

data: $(RUN_STAMP) ## country=ISO3 (or all=1 for every country): fetch open data into data/ISO3
	@test -n '$(FETCHED)' || { echo "make data: say which country, for example make data country=SOM" >&2; exit 2; }
	@$(EWCM) fetch $(call quoted,$(FETCHED))

learn: $(RUN_STAMP) ## country=ISO3 [places=FILE definition=TEXT] [inputs=DIR]: estimated coverage from places whose coverage is known
	@test -n '$(country)' || { echo "make learn: say which country, for example make learn country=UGA" >&2; exit 2; }
	@$(EWCM) learn coverage $(call quoted,$(country)) $(if $(places),$(call quoted,$(places))) \
	$(if $(definition),--definition $(call quoted,$(definition))) $(INPUTS_ARG)

all: $(RUN_STAMP) ## every country of the registry, then the atlas (workers=2)
	@$(EWCM) batch --all --workers $(workers) $(ALLOW_ARG)

starter: $(STARTER_STAMP) ## rebuild data/starter and data/basemap from their sources
	@$(PY) -m ewcm.starter.build

test: $(DEV_STAMP) ## the tests, in a few minutes
	@$(TEST) -m "not long and not live"

test-long: $(DEV_STAMP) ## all tests, with many more examples and longer fuzzing
	@EWCM_LONG=1 $(TEST) -m "not live"

bench: $(DEV_STAMP) ## every kernel beside its rivals, as ratios of medians in one run
	@$(PY) -m tests.bench

lint: $(DEV_STAMP) ## ruff, mypy, and the scripts of the page (with node and npm)
	@$(PY) -m ruff check .
	@$(PY) -m ruff format --check .
	@$(PY) -m mypy
	@$(PY) -m tests.page_scripts

docs-site: $(DEV_STAMP) ## the documentation as a site, in build/site; needs no network
	@$(PY) -m mkdocs build --quiet --strict

docs: $(RUN_STAMP) ## the generated parts of docs/: tables and schemas of inputs and outputs, the Python API
	@$(PY) -m ewcm.documentation

format: $(DEV_STAMP) ## let ruff mend what it can
	@$(PY) -m ruff check --fix .
	@$(PY) -m ruff format .

clean: ## remove .venv and every cache; inputs in data/ and results in maps/ stay
	rm -rf .venv build dist *.egg-info .pytest_cache .hypothesis .mypy_cache .ruff_cache
	find . -name __pycache__ -type d -not -path './.git/*' -prune -exec rm -rf {} +

# .venv is made anew only when what is to be installed changes.
$(PY):
	@test -n '$(PYTHON)' || { echo "make: no Python 3.11 or newer found; install one (Debian: apt install python3 python3-venv) or give PYTHON=/path/to/python" >&2; exit 2; }
	@echo "setting up .venv with $$($(PYTHON) --version) (once; a few minutes)"
	@$(PYTHON) -m venv .venv || { rm -rf .venv; echo "make: $(PYTHON) cannot make a virtual environment; on Debian: apt install python3-venv" >&2; exit 2; }

define install
	@echo "installing $(1)"
	@$(PY) -m pip install --quiet --constraint constraints.txt setuptools
	@$(PY) -m pip install --quiet --no-build-isolation --constraint constraints.txt --editable $(2)
	@touch $@
endef

$(RUN_STAMP): pyproject.toml constraints.txt | $(PY)
	$(call install,ewcm,'.[$(EXTRAS)]')

verified: $(PY) ## install the very files that were tested, by their digests (Linux x86_64, Python 3.11)
	@$(PY) -m pip install --quiet --force-reinstall --require-hashes --only-binary :all: --no-deps --requirement requirements-linux-x86_64-cp311.txt
	@$(PY) -m pip install --quiet --no-build-isolation --no-deps --editable .
	@touch $(RUN_STAMP) $(DEV_STAMP)

$(DEV_STAMP): pyproject.toml constraints.txt | $(PY) $(RUN_STAMP)
	$(call install,what the tests need,'.[dev]')

$(STARTER_STAMP): pyproject.toml constraints.txt | $(PY) $(RUN_STAMP)
	$(call install,what the starter pack is made with,'.[starter]')
