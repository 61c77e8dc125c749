# What a newcomer needs: `make demo` and `make test`. Plain `make` lists the targets.

PYTHON ?= python3
VENV := .venv
STAMP := $(VENV)/installed
TORCH_VENV := .venv-torch
TORCH_STAMP := $(TORCH_VENV)/installed
TOOLS_VENV := .venv-tools
TOOLS_STAMP := $(TOOLS_VENV)/installed

# All that goes together: with Sionna 1 on TensorFlow, or with Sionna 2 on PyTorch.
COMMA := ,
EXTRAS := cluster$(COMMA)data$(COMMA)dev$(COMMA)discover$(COMMA)gpu$(COMMA)heif$(COMMA)jpegxl$(COMMA)photographs$(COMMA)semantic$(COMMA)sionna-tensorflow
TORCH_EXTRAS := all$(COMMA)dev

.DEFAULT_GOAL := help
.PHONY: help install install-torch demo test test-torch test-light lint docs requirements sbom clean

help: ## list the targets
	@echo "linksim: link-level simulation of semantic communication"
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16 | sed 's/^/  make /'

install: $(STAMP) ## make .venv and install everything, checked by hashes (about 5 minutes, 8 GB)

$(STAMP): pyproject.toml constraints.txt constraints-common.txt requirements/tensorflow.txt
	$(call environment,$(VENV),constraints.txt,tensorflow,$(EXTRAS))

install-torch: $(TORCH_STAMP) ## make .venv-torch, with Sionna 2 on PyTorch in TensorFlow's place

$(TORCH_STAMP): pyproject.toml constraints-torch.txt constraints-common.txt requirements/torch.txt
	$(call environment,$(TORCH_VENV),constraints-torch.txt,torch,$(TORCH_EXTRAS))

# Nothing is built, and so nothing is run: a file is one whose hash is in the list.
LISTED := -m pip install --quiet --only-binary :all: --require-hashes --requirement

# For what system requirements/*.txt hold hashes.
HASHED := import platform as p, sys; \
	sys.exit((p.system(), p.machine(), sys.version_info[:2]) != ("Linux", "x86_64", (3, 11)))

# $(call venv,FOLDER): an environment with a current pip
define venv
	@command -v $(PYTHON) >/dev/null || \
		{ echo "linksim needs Python 3.11 or newer; $(PYTHON) is not there (make PYTHON=...)"; exit 2; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "linksim needs Python 3.11 or newer; $(PYTHON) is older (make PYTHON=...)"; exit 2; }
	@$(PYTHON) -m venv $(1) || \
		{ echo "linksim needs Python's venv module (on Debian: apt install python3-venv)"; exit 2; }
	$(1)/bin/python $(LISTED) requirements/pip.txt
endef

# $(call environment,FOLDER,CONSTRAINTS,LIST,EXTRAS)
define environment
	$(call venv,$(1))
	@if $(PYTHON) -c '$(HASHED)'; then set -x; \
		$(1)/bin/python $(LISTED) requirements/$(3).txt && \
		$(1)/bin/python -m pip install --quiet --no-deps --no-build-isolation --editable .; \
	else \
		echo "no hashes for this system or Python (see requirements/): installing without"; \
		$(1)/bin/python -m pip install --quiet --constraint $(2) --editable ".[$(4)]"; \
	fi
	@touch $@
endef

demo: $(STAMP) ## a short sweep, a scene and a photograph sent, into runs/demo/ (under 3 minutes)
	@rm -rf runs/demo
	$(VENV)/bin/linksim sweep --snr -5:20 --codec uo_isc --images 16 --out runs/demo
	$(VENV)/bin/linksim scenes runs/demo --count 1 --seed 4
	$(VENV)/bin/linksim transmit runs/demo/scene-0.png --query "what colour is the cup?" \
		--snr 0,3,4,10
	$(VENV)/bin/linksim transmit examples/chelsea.png --query "which cat?" \
		--codec asked:avif --judge imagenet --snr 0:12:3 --out runs/demo

# Files of tests are shared between processes with one thread each, up to four: each loads models.
PYTEST := -m pytest --numprocesses logical --maxprocesses 4 --dist loadfile
test test-torch: export OMP_NUM_THREADS = 1

test: $(STAMP) ## the whole test suite (under 15 minutes)
	$(VENV)/bin/python $(PYTEST)

test-torch: $(TORCH_STAMP) ## the physical layer's tests on Sionna 2
	$(TORCH_VENV)/bin/python $(PYTEST) tests/phy

LIGHT_VENV := build/light
test-light: $(STAMP) ## a wheel without extras: `linksim link` from elsewhere, its size and time
	@rm -rf build/lib build/wheel $(LIGHT_VENV)
	$(VENV)/bin/python -m pip wheel --quiet --no-deps --no-build-isolation --wheel-dir build/wheel .
	$(call venv,$(LIGHT_VENV))
	$(LIGHT_VENV)/bin/python $(LISTED) requirements/light.txt
	$(LIGHT_VENV)/bin/python -m pip install --quiet --no-deps build/wheel/*.whl
	$(LIGHT_VENV)/bin/python .ci/light.py

lint: $(STAMP) ## ruff and mypy
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy

docs: export NO_MKDOCS_2_WARNING = 1
docs: $(STAMP) ## the documentation as a site, into build/site/; fails on broken links
	$(VENV)/bin/python -m mkdocs build --strict --quiet

$(TOOLS_STAMP): requirements/pip.txt requirements/tools.txt
	$(call venv,$(TOOLS_VENV))
	$(TOOLS_VENV)/bin/python $(LISTED) requirements/tools.txt
	@touch $@

COMPILE := $(TOOLS_VENV)/bin/uv pip compile --quiet --generate-hashes --no-emit-index-url \
	--no-annotate --no-header --python-version 3.11 --python-platform x86_64-manylinux_2_28
requirements: $(TOOLS_STAMP) ## write requirements/*.txt anew, from pyproject.toml and constraints
	echo pip | $(COMPILE) --constraint constraints-common.txt --output-file requirements/pip.txt -
	$(COMPILE) --output-file requirements/tools.txt requirements/tools.in
	$(COMPILE) --constraint constraints.txt $(patsubst %,--extra %,$(subst $(COMMA), ,$(EXTRAS))) \
		--output-file requirements/tensorflow.txt pyproject.toml
	$(COMPILE) --constraint constraints-torch.txt \
		$(patsubst %,--extra %,$(subst $(COMMA), ,$(TORCH_EXTRAS))) \
		--output-file requirements/torch.txt pyproject.toml
	$(COMPILE) --constraint constraints-torch.txt --output-file requirements/light.txt pyproject.toml

sbom: $(STAMP) $(TOOLS_STAMP) ## list what .venv holds, with licences, in build/sbom.json (CycloneDX)
	@mkdir -p build
	$(TOOLS_VENV)/bin/cyclonedx-py environment --pyproject pyproject.toml --output-reproducible \
		--output-file build/sbom.json $(VENV)

clean: ## remove the environments and all runs
	rm -rf $(VENV) $(TORCH_VENV) $(TOOLS_VENV) runs
