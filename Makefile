# One command each; `make` alone lists them.
PYTHON ?= python3
STUDY ?= data/sample/digital-skills
FORMAT ?= html
OUT ?= reports/out/$(notdir $(patsubst %/,%,$(STUDY)))
BIN := .venv/bin
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.DEFAULT_GOAL := help
.PHONY: help env report test lab notebooks examples sample bench lock clean

help:  ## list the commands
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-10s %s\n", $$1, $$2}'

env: .venv/.installed  ## create .venv from the hashed lock

.venv/.installed: requirements.lock pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation -e .
	@touch $@

report: env  ## evaluate STUDY and write its report into OUT (FORMAT=html,pdf,docx)
	@$(BIN)/python tools/timed.py $(BIN)/rmstudy report "$(STUDY)" --out "$(OUT)" --format "$(FORMAT)"

test: env  ## lint, types, unit and reference tests, and all notebooks
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python -m pytest --color=no -q
	$(BIN)/python -m pytest --color=no -q -c notebooks/pytest.ini notebooks

lab: env  ## open JupyterLab in notebooks/
	$(BIN)/jupyter lab --notebook-dir=notebooks

notebooks: env  ## run every notebook again and store its outputs
	$(BIN)/python tools/run_notebooks.py

examples: env  ## write reports/example/ again: report, annex and the README's picture
	$(BIN)/python tools/write_examples.py

sample: env  ## write data/sample/ again from its generator
	$(BIN)/python -m rmstudy.study.sample

bench: env  ## time every job beside its peer: benchmarks/results.md
	$(BIN)/python -m pip install --quiet --require-hashes -r benchmarks/requirements.lock
	OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1 $(BIN)/python -m benchmarks

lock: env  ## resolve pyproject.toml into requirements.lock again
	sh tools/lock.sh

clean:  ## remove the environment and what was written
	rm -rf .venv reports/out .mypy_cache .pytest_cache .ruff_cache .hypothesis
