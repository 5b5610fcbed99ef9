# The two commands of the README, and what stands behind them.
PYTHON ?= python3
BIN := .venv/bin
ARGS ?=

.PHONY: demo install test soak lint types lock clean docs bench-seeds bench-triage bench-webhook

demo: .venv/run.stamp ## the whole loop on this machine; ARGS=--exit ends by itself
	$(BIN)/espalier demo $(ARGS)

install: .venv/run.stamp ## .venv/bin/espalier, with exact versions, and nothing started

test: .venv/dev.stamp lint types ## everything that has to hold; ARGS=tests/bot runs a part
	$(BIN)/pytest --numprocesses auto --maxprocesses 4 --dist loadfile -m "not loop and not soak" $(ARGS) || [ $$? = 5 ]
	$(BIN)/pytest -m loop $(ARGS) || [ $$? = 5 ] # real training wants the cores for itself; 5 is none of that kind

soak: .venv/dev.stamp ## kills and slow faults at full length, an hour and a half; ARGS="-k sqlite" runs a part
	$(BIN)/pytest -m soak -s $(ARGS)

lint: .venv/dev.stamp
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports

types: .venv/dev.stamp
	$(BIN)/mypy

lock: .venv/dev.stamp ## renew the exact versions from the .in files
	$(BIN)/pip-compile -q --upgrade --strip-extras --no-header --no-emit-index-url --no-emit-find-links --no-emit-trusted-host --annotation-style=line -o requirements/run.txt requirements/run.in
	sed -i 's/^\(torch==[0-9.]*\)+cpu /\1 /' requirements/run.txt
	$(BIN)/pip-compile -q --upgrade --strip-extras --allow-unsafe --no-header --no-emit-index-url --no-emit-find-links --no-emit-trusted-host --annotation-style=line -o requirements/dev.txt requirements/dev.in

.venv/bin/python:
	$(PYTHON) -m venv .venv

.venv/run.stamp: requirements/run.txt pyproject.toml | .venv/bin/python
	$(BIN)/python -m pip install -q --no-compile --disable-pip-version-check -r requirements/run.txt
	$(BIN)/python -m pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e .
	touch $@

.venv/dev.stamp: requirements/dev.txt .venv/run.stamp
	$(BIN)/python -m pip install -q --disable-pip-version-check -r requirements/dev.txt
	touch $@

bench-seeds: .venv/run.stamp ## the recipe over ten seeds, an hour on one core; ARGS=--help tells more
	$(BIN)/python scripts/measure_seeds.py $(ARGS)

bench-triage: .venv/run.stamp ## CPU of the checks against upstream's linter, minutes; ARGS=--help tells more
	$(BIN)/python scripts/bench_triage.py $(ARGS)

bench-webhook: .venv/run.stamp ## from a push to its check run, forge and bot on two cores, a minute; ARGS=--help tells more
	$(BIN)/python scripts/bench_webhook.py $(ARGS)

docs: .venv/run.stamp ## the reference that is made from the code
	$(BIN)/python scripts/make_checks_doc.py
	$(BIN)/python scripts/make_commands_doc.py

clean:
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .coverage
