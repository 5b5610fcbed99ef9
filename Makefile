# The two commands of the README, and what stands behind them.
PYTHON ?= python3
BIN := .venv/bin
ARGS ?=
UPGRADE ?= --upgrade
# What is imported is compiled once, and kept beside its source, also where the environment forbids that Python writes
# it: else each process compiles torch and Ray anew, and the demo's training processes take 29 s to start and not 14.
export PYTHONDONTWRITEBYTECODE :=
INSTALL := $(BIN)/python -m pip install -q --disable-pip-version-check
COMPILE := $(BIN)/pip-compile -q $(UPGRADE) --generate-hashes --strip-extras --no-header --no-emit-index-url \
	--no-emit-find-links --no-emit-trusted-host --annotation-style=line

.PHONY: demo install test soak lint types lock clean docs bench-seeds bench-triage bench-webhook bench-bot

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

lock: .venv/dev.stamp ## renew exact versions and hashes from the .in files; UPGRADE= keeps the versions that are there
	$(COMPILE) --unsafe-package torch -o requirements/run.txt requirements/run.in
	sed -i '/^# WARNING/,$$d' requirements/run.txt # it warns of torch, which torch.txt has
	for each in bot base dev audit; do \
		$(COMPILE) --allow-unsafe -c requirements/run.txt -o requirements/$$each.txt requirements/$$each.in || exit 1; done

.venv/bin/python:
	$(PYTHON) -m venv .venv

# Every file is held to its hash but those of torch and its build, and none is built here: that would take unlocked tools.
# `pip check` says that nothing is missing. Torch is unpacked beside the others, since both take as long; what else its
# build brings comes after them.
.venv/run.stamp: requirements/run.txt requirements/torch.txt pyproject.toml | .venv/bin/python
	$(INSTALL) --no-compile --no-deps -r requirements/torch.txt & torch=$$!; \
	$(INSTALL) --no-compile --no-deps --only-binary :all: --require-hashes -r requirements/run.txt; others=$$?; \
	wait $$torch && exit $$others
	$(INSTALL) --no-compile -r requirements/torch.txt
	$(INSTALL) --no-deps --no-build-isolation -e .
	$(BIN)/python -m pip --disable-pip-version-check check
	touch $@

.venv/dev.stamp: requirements/dev.txt .venv/run.stamp
	$(INSTALL) --no-deps --only-binary :all: --require-hashes -r requirements/dev.txt
	touch $@

bench-seeds: .venv/run.stamp ## the recipe over ten seeds, an hour on one core; ARGS=--help tells more
	$(BIN)/python scripts/measure_seeds.py $(ARGS)

bench-triage: .venv/run.stamp ## CPU of the checks against upstream's linter, minutes; ARGS=--help tells more
	$(BIN)/python scripts/bench_triage.py $(ARGS)

bench-webhook: .venv/run.stamp ## from a push to its check run, forge and bot on two cores, a minute; ARGS=--help tells more
	$(BIN)/python scripts/bench_webhook.py $(ARGS)

bench-bot: .venv/dev.stamp ## deliveries accepted, handled and taken over, against Probot (needs npm), minutes; ARGS=--help tells more
	$(BIN)/python scripts/bench_bot.py $(ARGS)

docs: .venv/run.stamp ## the reference that is made from the code
	$(BIN)/python scripts/make_checks_doc.py
	$(BIN)/python scripts/make_commands_doc.py

clean:
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .coverage
