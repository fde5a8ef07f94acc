# The course's commands. `make lab` and `make test` set everything up by themselves; `make help` lists the rest.
PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
EXTRAS := $(if $(GPU),gpu,)
READY  := $(VENV)/.ready$(if $(GPU),-gpu,)
CHECKS := $(VENV)/.ready-checks
WORKERS ?= 2
comma  := ,

# Checks run as a machine without network, cache and GPU would, whatever this one has.
TEST_ENV := COURSE_DATA=embedded COURSE_EFFORT=quick CUDA_VISIBLE_DEVICES=-1 MPLBACKEND=agg
NBVAL    := --nbval --nbval-current-env --nbval-sanitize-with tests/nbval.cfg --nbval-cell-timeout 300

.DEFAULT_GOAL := help
.PHONY: help setup lab test browser notebooks text untext homework grade measure bench publish lock clean

help:  ## list the commands
	@grep -hE '^[a-z]+:.*?## ' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | awk -F'\t' '{printf "  make %-10s %s\n", $$1, $$2}'
	@echo "  GPU=1 before any of them installs TensorFlow with CUDA."

setup: $(READY)  ## make the virtual environment (every other command does this by itself)

$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; v = sys.version_info[:2]; sys.exit(0 if (3, 11) <= v <= (3, 13) else "The course needs Python 3.11, 3.12 or 3.13, and $(PYTHON) is %d.%d. Name another one: make PYTHON=python3.12 ..." % v)'
	@echo "Setting up $(VENV) (once; about a minute) ..."
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check "uv>=0.5"
	@VIRTUAL_ENV=$(abspath $(VENV)) $(BIN)/uv pip install --quiet -c requirements.lock -e ".[dev$(if $(GPU),$(comma)gpu,)]"
	@touch $@
	@echo "Ready."

# What instructors and CI need besides: otter-grader and a driver for the browser.
$(CHECKS): $(READY)
	@echo "Adding the tools that build and grade homework (once) ..."
	@VIRTUAL_ENV=$(abspath $(VENV)) $(BIN)/uv pip install --quiet -c requirements.lock -e ".[dev,grading,browser]"
	@touch $@

lab: $(READY)  ## open the course in JupyterLab
	@$(BIN)/python tools/lab.py

test: $(CHECKS)  ## run every check: unit tests, claims, homework, every notebook
	@$(TEST_ENV) $(BIN)/python -c "from course_utils.datasets.garden import prepare_garden as draw; draw(); draw('scenes')"
	@$(TEST_ENV) $(BIN)/python -m pytest -n $(WORKERS) --dist loadscope $(NBVAL) --ignore tests/browser --ignore notebooks/homework tests notebooks

browser: $(CHECKS)  ## open every notebook in JupyterLab in a real browser and drive its explorers
	@$(TEST_ENV) $(BIN)/python tools/browser.py

notebooks: $(READY)  ## run notebooks top to bottom and save their outputs (NB=01 for one)
	@$(BIN)/python tools/publish.py
	@$(BIN)/python tools/notebooks.py $(NB)

homework: $(CHECKS)  ## build the students' homework notebooks from their masters
	@$(BIN)/python tools/homework.py

grade: $(CHECKS)  ## grade a folder of homework (SUBMISSIONS=dir HW=hw01_convolution)
	@$(BIN)/python tools/grade.py --homework "$(HW)" "$(SUBMISSIONS)"

text: $(READY)  ## write notebooks as text beside them (NB=01 for one), to edit and read back with `make untext`
	@$(BIN)/python tools/text.py --out $(NB)

untext: $(READY)  ## read the edited text back into the notebooks, keeping tags
	@$(BIN)/python tools/text.py --in $(NB)

publish: $(READY)  ## write the repository's address (REPO=owner/name) into badges and set-up cells
	@$(BIN)/python tools/publish.py $(REPO)

measure: $(READY)  ## the full runs behind data/measured (hours; stop and start as you like)
	@$(BIN)/python -m experiments
	@$(BIN)/python -m experiments.benchmarks networks

bench: $(CHECKS)  ## measure what the README claims about speed (ratios, interleaved, medians)
	@$(BIN)/python -m experiments.benchmarks resnet fashion pipeline explorers grading

lock: $(READY)  ## resolve requirements.lock anew from pyproject.toml
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --extra dev --extra grading --extra browser --no-header --no-annotate --no-emit-index-url --upgrade -o requirements.lock pyproject.toml

clean:  ## remove what the commands made (never your notebooks)
	rm -rf $(VENV) build dist .pytest_cache .hypothesis .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
