# The two commands of the README are `make demo` and `make test`. Both need Python 3.11 or newer, and
# set up the rest by themselves: a virtual environment in .venv, and as root the Debian packages.

SHELL := /bin/bash
VENV := .venv
PY := $(VENV)/bin/python
# TensorFlow takes about 1 GB for each worker, so a large machine does not use all of its cores.
JOBS ?= $(shell n=$$(nproc 2>/dev/null || echo 2); echo $$((n > 8 ? 8 : n)))
PYTEST := $(PY) -m pytest -n $(JOBS) --dist loadfile
PACKAGING := setup.py pyproject.toml micronets/_version.py .ci/venv
# As root every tool is installed before the tests, so a test that skips for a tool is a failure.
REQUIRE_TOOLS := $(shell [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && echo 1)

export TF_CPP_MIN_LOG_LEVEL ?= 3

.PHONY: help demo test test-fast lint format bench golden install tools clean

help:
	@echo "make demo       train a small net on handwritten digits, export it, run it in C++"
	@echo "make test       install compilers and emulators if need be, run the whole suite"
	@echo "make test-fast  run what takes under a minute"
	@echo "make lint       check style and types; make format repairs the style"
	@echo "make bench      count instructions on emulated boards, write the tables of docs/"
	@echo "make golden     rewrite the exported headers that the tests compare with"
	@echo "make clean      remove what the above made, the virtual environment included"

# One environment for everything; a stamp for each set of extras that has been installed into it.
$(VENV)/installed-%: $(PACKAGING)
	@.ci/venv $*
	@touch $@

install: $(VENV)/installed-test

demo: $(VENV)/installed-plots
	@.ci/tools --required host
	@$(PY) -m micronets.demo --output build/demo

tools: $(VENV)/installed-test
	@.ci/tools

test: tools
	@MICRONETS_REQUIRE_TOOLS=$(REQUIRE_TOOLS) $(PYTEST)

test-fast: $(VENV)/installed-test
	@$(PYTEST) -m "not slow"

CPP := find cpp/include cpp/bench cpp/tests micronets/toolchain/support tests/esp8266 tests/packaging \
	\( -name '*.h' -o -name '*.c' -o -name '*.cpp' \) -print0

lint: $(VENV)/installed-test
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy
	$(CPP) | xargs -0 clang-format --dry-run -Werror

format: $(VENV)/installed-test
	$(VENV)/bin/ruff check --fix .
	$(VENV)/bin/ruff format .
	$(CPP) | xargs -0 clang-format -i

bench: tools
	@$(PY) -m micronets.bench

golden: $(VENV)/installed-test
	@MICRONETS_UPDATE_GOLDEN=1 $(PY) -m pytest -q tests/golden tests/packaging/test_arduino_examples.py

clean:
	rm -rf build dist $(VENV) *.egg-info .pytest_cache .ruff_cache .mypy_cache .hypothesis
	find . -name __pycache__ -type d -not -path './.git/*' -prune -exec rm -rf {} +
