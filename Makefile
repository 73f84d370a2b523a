# Needs only make and Python 3.11 or newer; everything else is installed into .venv.

SHELL := /bin/sh
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

PYTHON ?= python3
UV ?= uv
WORKERS ?= auto
HYPOTHESIS_PROFILE ?= ci

VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

export PIP_DISABLE_PIP_VERSION_CHECK := 1
export PIP_NO_INPUT := 1
export PIP_ROOT_USER_ACTION := ignore
# Tests start the program hundreds of times: without bytecode each start compiles it again.
unexport PYTHONDONTWRITEBYTECODE

# Run each candidate: a name on the PATH may be a shim without a Python.
FIND_PYTHON = \
	for candidate in "$(PYTHON)" python3.11 python3.12 python3.13 python3.14; do \
		if "$$candidate" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' \
			>/dev/null 2>&1; then printf '%s\n' "$$candidate"; exit 0; fi; \
	done; \
	echo 'No Python 3.11 or newer with the venv module was found.' >&2; \
	echo 'Install one, or name it: make PYTHON=/path/to/python3 $(MAKECMDGOALS)' >&2; \
	exit 1

# An environment made for another folder, or whose Python is gone, is made again.
INSTALLED_IN := $(shell test -x $(BIN)/python && cat $(STAMP) 2>/dev/null)
ifneq ($(INSTALLED_IN),$(CURDIR))
.PHONY: $(STAMP)
endif

.PHONY: help
help: ## Show the targets.
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1|\2/p' $(MAKEFILE_LIST) \
		| awk -F'|' '{ printf "%-20s %s\n", $$1, $$2 }'

$(STAMP): requirements/dev.txt pyproject.toml
	@python=$$($(FIND_PYTHON)) || exit 1; \
	echo "Setting up $(VENV) with $$("$$python" --version)"; \
	"$$python" -m venv --clear $(VENV)
	@$(BIN)/python -m pip install --quiet --quiet --no-deps --require-hashes -r requirements/dev.txt
	@$(BIN)/python -m pip install --quiet --quiet --no-deps --no-build-isolation --editable .
	@printf '%s\n' "$(CURDIR)" > $(STAMP)

.PHONY: setup
setup: $(STAMP) ## Create the virtual environment; the other targets do that themselves.

.PHONY: demo
demo: $(STAMP) ## Show the product at work against a local sandbox, without an account.
	@$(BIN)/dd-incident-roles demo

.PHONY: test
test: lint workflows types unit ## Run every check that must pass before a change is merged.

.PHONY: lint
lint: $(STAMP) ## Check style and layout.
	@$(BIN)/python -m ruff check .
	@$(BIN)/python -m ruff format --check .

.PHONY: workflows
workflows: $(STAMP) ## Check the workflows and the action, without the network.
	@$(BIN)/zizmor --quiet --offline --no-progress --strict-collection --persona pedantic .github
	@$(BIN)/check-jsonschema --builtin-schema vendor.github-workflows .github/workflows/*.yml
	@$(BIN)/check-jsonschema --builtin-schema vendor.github-actions .github/actions/*/action.yml

.PHONY: format
format: $(STAMP) ## Format the code, and fix what the linter can fix.
	@$(BIN)/python -m ruff check --fix .
	@$(BIN)/python -m ruff format .

.PHONY: types
types: $(STAMP) ## Check types.
	@$(BIN)/python -m mypy

.PHONY: unit
unit: $(STAMP) ## Run the tests; WORKERS=0 runs them in one process.
	@HYPOTHESIS_PROFILE=$(HYPOTHESIS_PROFILE) $(BIN)/python -m pytest -q -n $(WORKERS) --dist worksteal

.PHONY: nightly
nightly: ## Run the tests with the long Hypothesis profile.
	@$(MAKE) --no-print-directory unit HYPOTHESIS_PROFILE=nightly

.PHONY: mutants
mutants: $(STAMP) ## Turn each safety rule of the sync off in turn; a test must notice.
	@$(BIN)/python -m tests.mutants

.PHONY: soak
soak: $(STAMP) ## Records, people and faults at random beside each TRACKER, for SECONDS (120) each.
	@$(BIN)/python -m tests.soak

.PHONY: docs
docs: $(STAMP) ## Run every session of the pages again, and write today's output into them.
	@$(BIN)/python -m tests.documents write

.PHONY: bench
bench: $(STAMP) ## Measure the speed beside goals; ONLY="startup growth" names some files.
	@$(BIN)/python -m tests.benchmarks $(ONLY)

.PHONY: wheel
wheel: $(STAMP) ## Build the source distribution, and the wheel from it, into dist.
	@rm -rf dist
	@$(BIN)/python -m hatchling build --target sdist --directory dist
	@unpacked=$$(mktemp -d) && trap 'rm -rf "$$unpacked"' EXIT && \
	tar -xzf dist/*.tar.gz -C "$$unpacked" --strip-components=1 && cd "$$unpacked" && \
	"$(CURDIR)/$(BIN)/python" -m hatchling build --target wheel --directory "$(CURDIR)/dist"

.PHONY: wheel-demo
wheel-demo: wheel ## Install both into a new folder and run their demo there; PYTHON=... names the Python.
	@python=$$($(FIND_PYTHON)) || exit 1; \
	elsewhere=$$(mktemp -d) && trap 'rm -rf "$$elsewhere"' EXIT && \
	"$$python" -m venv "$$elsewhere/venv" && installed="$$elsewhere/venv/bin" && \
	install="$$installed/python -m pip install --quiet --quiet --no-deps" && \
	$$install --require-hashes -r requirements/runtime.txt && \
	$$install dist/*.whl && (cd "$$elsewhere" && "$$installed/dd-incident-roles" demo) && \
	$$install --require-hashes -r requirements/build.txt && \
	$$install --no-build-isolation --force-reinstall dist/*.tar.gz && \
	(cd "$$elsewhere" && "$$installed/dd-incident-roles" demo)

# What a release is made with is in nobody's way until there is one.
RELEASE := build/release

$(RELEASE)/.installed: requirements/release.txt
	@python=$$($(FIND_PYTHON)) || exit 1; "$$python" -m venv --clear $(RELEASE)
	@$(RELEASE)/bin/python -m pip install --quiet --quiet --no-deps --require-hashes -r $<
	@touch $@

.PHONY: release-check
release-check: wheel $(RELEASE)/.installed ## Build, and check what an index would check; TAG=v1.2.3 must be the version.
	@$(RELEASE)/bin/twine check --strict dist/*
	@version=$$($(BIN)/python -m hatchling version) && \
	if test -n "$(TAG)" && test "$(TAG)" != "v$$version"; then \
		echo "The tag is $(TAG), and the version is $$version: dd_incident_roles/__init__.py" >&2; exit 1; fi; \
	if test -n "$(TAG)" && ! grep -q "^## \[$$version\]" CHANGELOG.md; then \
		echo "CHANGELOG.md has no part for $$version" >&2; exit 1; fi

.PHONY: sbom
sbom: release-check ## List the wheel's locked dependencies as CycloneDX, in dist.
	@contents=$$(mktemp -d) && trap 'rm -rf "$$contents"' EXIT && \
	$(RELEASE)/bin/python -m venv --without-pip "$$contents/venv" && \
	install="$(RELEASE)/bin/python -m pip --python $$contents/venv install --quiet --quiet --no-deps" && \
	$$install --require-hashes -r requirements/runtime.txt && $$install dist/*.whl && \
	version=$$($(BIN)/python -m hatchling version) && \
	sed "s/^dynamic = .*/version = \"$$version\"/" pyproject.toml > "$$contents/pyproject.toml" && \
	$(RELEASE)/bin/cyclonedx-py environment --pyproject "$$contents/pyproject.toml" --validate \
		--output-reproducible --output-format JSON \
		--output-file "dist/dd-incident-roles-$$version.cdx.json" "$$contents/venv"

# The locks name no index: whoever installs uses their own, and the hashes hold it to the same files.
LOCK = $(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --custom-compile-command 'make lock'

.PHONY: lock
lock: ## Resolve the dependencies and write the lock files; needs uv.
	@$(LOCK) --upgrade pyproject.toml --output-file requirements/runtime.txt
	@$(LOCK) --upgrade --group pyproject.toml:build \
		--constraints requirements/runtime.txt --output-file requirements/build.txt
	@$(LOCK) --upgrade pyproject.toml --group pyproject.toml:dev \
		--constraints requirements/runtime.txt --constraints requirements/build.txt \
		--output-file requirements/dev.txt
	@$(LOCK) --upgrade --group pyproject.toml:release --output-file requirements/release.txt

.PHONY: clean
clean: ## Remove everything that was built here.
	@rm -rf $(VENV) build dist .hypothesis .mypy_cache .pytest_cache .ruff_cache
	@find dd_incident_roles tests -name __pycache__ -type d -prune -exec rm -rf {} +
