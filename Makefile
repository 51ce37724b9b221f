# make demo   sets everything up and grades the example cohort into results/
# make test   sets everything up and runs the tests
PYTHON ?= python3
VENV := .venv
JOBS ?= $(shell nproc 2>/dev/null || echo 2)
# In the order of tests/conftest.py, which begins with what takes minutes.
XDIST := -n 2 --dist loadfile --no-loadscope-reorder

.PHONY: help setup demo test test-fast lint reference data clean

help:
	@sed -n 's/^# make/make/p' Makefile

setup: $(VENV)/.ready

$(VENV)/.ready: pyproject.toml constraints.txt scripts/setup.sh scripts/system-packages.sh
	sh scripts/system-packages.sh
	PYTHON="$(PYTHON)" VENV="$(VENV)" sh scripts/setup.sh
	@touch $@

demo: setup
	$(VENV)/bin/grader grade submissions --out results --jobs $(JOBS)

test: setup
	sh scripts/system-packages.sh tests
	$(VENV)/bin/python -m pytest -q $(XDIST)

# make test-fast   only the tests that start no kernel
test-fast: setup
	sh scripts/system-packages.sh tests
	$(VENV)/bin/python -m pytest -q $(XDIST) -m "not kernel"

# make lint   ruff and mypy
lint: setup
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy

# make reference   runs the reference solutions under both kernel profiles
reference: setup
	$(VENV)/bin/grader reference

# make data   builds the lab's data again and compares it with the committed files
data: setup
	$(VENV)/bin/python -m data.build --check

clean:
	rm -rf $(VENV) results reference/.evidence
