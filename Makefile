# `make app` starts GANscope, `make test` checks it. The packages go into .venv and nowhere else.

PYTHON ?= python3
VENV   := .venv
PY     := $(VENV)/bin/python
PORT   ?=
ARGS   ?=
CPU    ?=
LISTS  := $(wildcard requirements/*.txt)
TORCH  := $(shell sed -n "s/^\(torch[a-z]*>=[^ ]*\).*/'\1'/p" requirements/gan_models.txt requirements/train.txt)

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help app gradio test venv dev clean

help:
	@echo "make app      start the Streamlit front end"
	@echo "make gradio   start the Gradio front end, as a Space runs it"
	@echo "make test     linters and pytest"
	@echo "make venv     only install what the app needs into $(VENV) (make dev: what the tests need too)"
	@echo "make clean    remove $(VENV) and the caches; runs/ and data/ stay"
	@echo
	@echo 'Settings: CPU=1 (a torch without CUDA: 2 GB instead of 6 on Linux)   PORT=8600   ARGS="-- --checkpoints DIR"   PYTHON=python3.12'

app: venv
	$(PY) -m streamlit run app.py $(if $(PORT),--server.port $(PORT)) $(ARGS)

# Streamlit needs the "--" before the app's own arguments, Gradio must not see it: the same ARGS serves both.
gradio: venv
	$(if $(PORT),GRADIO_SERVER_PORT=$(PORT)) $(PY) app.py $(filter-out --,$(ARGS))

# A file of tests on each core, with a thread each; a file's tests share what is slow to make (servers, small zoos).
test: dev
	$(PY) -m ruff check
	$(PY) -m ruff format --check
	$(VENV)/bin/lint-imports
	OMP_NUM_THREADS=1 $(PY) -m pytest -n auto --maxprocesses 4 --dist loadfile $(ARGS)

venv: $(VENV)/.installed
dev: $(VENV)/.installed-dev

# Stamp files: a second call installs nothing, a changed requirements file installs again.
$(VENV)/.created:
	@command -v "$(PYTHON)" >/dev/null || { \
		echo "GANscope needs Python 3.11 or newer, and there is no '$(PYTHON)'. Name yours: make PYTHON=/path/to/python3" >&2; exit 1; }
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "GANscope needs Python 3.11 or newer, '$(PYTHON)' is $$("$(PYTHON)" -V 2>&1). Name a newer one: make PYTHON=python3.12" >&2; exit 1; }
	@"$(PYTHON)" -c 'import ensurepip, venv' 2>/dev/null || { \
		echo "'$(PYTHON)' cannot make virtual environments; on Debian and Ubuntu: apt install python3-venv" >&2; exit 1; }
	"$(PYTHON)" -m venv --clear $(VENV)
	@touch $@

# torch and torchvision from one place: torchvision does not import beside a torch of another build.
define install
	@echo "Installing into $(VENV): some minutes the first time, $(if $(CPU),about 2 GB,about 6 GB on Linux (CPU=1: about 2 GB))"
	$(if $(CPU),$(PY) -m pip install $(TORCH) --index-url https://download.pytorch.org/whl/cpu)
	$(PY) -m pip install $(addprefix -r ,$(1))
endef

$(VENV)/.installed: requirements.txt $(patsubst %,requirements/%.txt,gan_models app train) $(VENV)/.created
	$(call install,requirements.txt)
	@touch $@

$(VENV)/.installed-dev: requirements.txt $(LISTS) $(VENV)/.created
	$(call install,$(LISTS))
	@touch $@ $(VENV)/.installed

clean:
	rm -rf $(VENV) .pytest_cache .ruff_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
