# What a newcomer needs: `make demo` and `make test`. Plain `make` lists the targets.

PYTHON ?= python3
VENV := .venv
STAMP := $(VENV)/installed
TORCH_VENV := .venv-torch
TORCH_STAMP := $(TORCH_VENV)/installed

.DEFAULT_GOAL := help
.PHONY: help install install-torch demo test test-torch lint docs clean

help: ## list the targets
	@echo "linksim: link-level simulation of semantic communication"
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16 | sed 's/^/  make /'

install: $(STAMP) ## make .venv and install everything from constraints.txt (about 5 minutes, 8 GB)

$(STAMP): pyproject.toml constraints.txt constraints-common.txt
	$(call environment,$(VENV),constraints.txt,tensorflow)

install-torch: $(TORCH_STAMP) ## make .venv-torch, with Sionna 2 on PyTorch in TensorFlow's place

$(TORCH_STAMP): pyproject.toml constraints-torch.txt constraints-common.txt
	$(call environment,$(TORCH_VENV),constraints-torch.txt,torch)

# $(call environment,FOLDER,CONSTRAINTS,EXTRA)
define environment
	@command -v $(PYTHON) >/dev/null || \
		{ echo "linksim needs Python 3.11 or newer; $(PYTHON) is not there (make PYTHON=...)"; exit 2; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "linksim needs Python 3.11 or newer; $(PYTHON) is older (make PYTHON=...)"; exit 2; }
	@$(PYTHON) -m venv $(1) || \
		{ echo "linksim needs Python's venv module (on Debian: apt install python3-venv)"; exit 2; }
	$(1)/bin/python -m pip install --quiet --constraint $(2) --editable ".[$(3),dev]"
	@touch $@
endef

demo: $(STAMP) ## a short sweep and one picture sent, into runs/demo/ (under 3 minutes)
	@rm -rf runs/demo
	$(VENV)/bin/linksim sweep --snr -5:20 --codec uo_isc --images 16 --out runs/demo
	$(VENV)/bin/linksim scenes runs/demo --count 1 --seed 4
	$(VENV)/bin/linksim transmit runs/demo/scene-0.png --query "what colour is the cup?" \
		--snr 0,3,4,10

# Files of tests are shared between processes with one thread each, up to four: each loads models.
PYTEST := -m pytest --numprocesses logical --maxprocesses 4 --dist loadfile
test test-torch: export OMP_NUM_THREADS = 1

test: $(STAMP) ## the whole test suite (under 15 minutes)
	$(VENV)/bin/python $(PYTEST)

test-torch: $(TORCH_STAMP) ## the physical layer's tests on Sionna 2
	$(TORCH_VENV)/bin/python $(PYTEST) tests/phy

lint: $(STAMP) ## ruff and mypy
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy

docs: $(STAMP) ## the documentation as a site, into build/site/; fails on broken links
	$(VENV)/bin/python -m mkdocs build --strict --quiet

clean: ## remove the environments and all runs
	rm -rf $(VENV) $(TORCH_VENV) runs
