# The course's commands. `make lab` and `make test` set everything up by themselves.
# What each does stands in tools/, a file a command; `python -m tools lab` is the same
# without make. Here is only how make's variables become a command's arguments.
PYTHON ?= python3
VENV   ?= .venv

COMMANDS := $(subst _,-,$(patsubst tools/%.py,%,$(wildcard tools/[a-z]*.py)))

help_arguments       = --prefix make --note $(VARIABLES)
setup_arguments      = $(if $(CHECKS),--checks)
test_arguments       = $(if $(FAST),--fast) $(if $(WORKERS),--workers $(WORKERS)) \
  $(if $(DATA),--data $(DATA) $(NB))
rehearse_arguments   = $(NB)
colab-check_arguments = $(if $(CONSTRAINTS),--constraints $(CONSTRAINTS)) $(NB)
notebooks_arguments  = $(NB)
text_arguments       = $(NB)
untext_arguments     = $(NB)
browser_arguments    = $(NB)
homework_arguments   = $(if $(VARIANTS),--variants "$(VARIANTS)") $(HW)
grade_arguments      = --homework "$(HW)" "$(SUBMISSIONS)" \
  $(if $(VARIANTS),--variants "$(VARIANTS)") \
  $(if $(CLUSTER),--cluster $(CLUSTER))
measure_arguments    = $(if $(CLUSTER),--cluster $(CLUSTER))
publish_arguments    = $(REPO)

VARIABLES := "NB=01 chooses a notebook, FAST=1 the quick tests, GPU=1 TensorFlow with CUDA; \
  test DATA=auto runs on real data, colab-check CONSTRAINTS=colab.txt; \
  grade SUBMISSIONS=folder HW=hw01, homework and grade VARIANTS=roster.csv, \
  measure and grade CLUSTER=tcp://host:8786, publish REPO=owner/name."

.DEFAULT_GOAL := help
.PHONY: $(COMMANDS)

$(COMMANDS):
	@$(PYTHON) -m tools --venv $(VENV) $(if $(GPU),--gpu) $@ $($@_arguments)
