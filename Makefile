# make book    builds the book          make test     tests everything
# make serve   builds and serves it     make help     lists the rest
#
# Needs make and Python 3.11 to 3.14 (another one than python3: make book PYTHON=python3.12).
# Everything else goes into .venv.

PYTHON ?= python3
VENV   ?= .venv
PORT   ?= 8000

# Windows keeps a virtual environment's programs in Scripts.
BIN    := $(VENV)/$(if $(filter Windows_NT,$(OS)),Scripts,bin)
PY     := $(BIN)/python
SITE   := book/_build/html

# The kernels that execute chapters do so in one and the same way everywhere.
export PYTHONHASHSEED := 0
# Kernels, figures and tests run side by side, one to a core. Were each to multiply its matrices with a thread for each
# core, they would wait for one another: two kernels with chapter 9 on two cores took six times as long.
export OPENBLAS_NUM_THREADS := 1
export MKL_NUM_THREADS := 1
export OMP_NUM_THREADS := 1
export VECLIB_MAXIMUM_THREADS := 1
# Loads no stray packages from the user's own site folder.
export PYTHONNOUSERSITE := 1

# Tests share the cores, file by file: those of one file share a browser, a site, a kernel. In their order, as few tests
# may take long: files with the fewest tests would come last, and one core would wait.
SHARED := -p tools.lean_pytest --numprocesses auto --dist loadfile --no-loadscope-reorder

# Notes how long a stage takes, for `make times`: $(TIMED) "name of the stage" command
TIMED  := $(PY) -m tools.stages run

.DEFAULT_GOAL := help
.PHONY: help book pdf serve test sweep unit mutants coverage lint format answers links times sheets execute bench pins clean distclean

help:  ## list the commands
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 18

# One page alone: make book CHAPTER=09 (or as much of a file's name as tells it from the others).
book: $(VENV)/book.stamp  ## execute the chapters and build the book, strictly (one alone: CHAPTER=09)
ifdef CHAPTER
	@$(PY) -m tools.one_chapter $(CHAPTER)
else
	@$(TIMED) "build the book" $(BIN)/jupyter-book build book -W -n --keep-going || { \
	  rm -rf book/_build/.doctrees; \
	  echo; echo "The book has errors or warnings, see above (warnings count)." >&2; exit 1; }
	@test -f $(SITE)/index.html || { echo "$(SITE)/index.html is missing" >&2; exit 1; }
	@echo; echo "The book is built. Open it: file://$(CURDIR)/$(SITE)/index.html"
endif

pdf: book $(VENV)/test.stamp  ## print the whole book as one PDF, and offer it on the site
	@$(PY) -m tools.browser --install
	@$(PY) -m tools.pdf

serve: book  ## build the book and serve it on this machine
	@echo "Serving the book, until Ctrl-C: http://127.0.0.1:$(PORT)/"
	@$(PY) -m http.server $(PORT) --bind 127.0.0.1 --directory $(SITE)

test: book $(VENV)/test.stamp  ## test everything, in a browser with pages of each kind
	@$(PY) -m tools.browser --install
	@$(TIMED) test $(PY) -m pytest $(SHARED) -m "not sweep" --junitxml=.times/tests.xml

sweep: book $(VENV)/test.stamp  ## test all other pages and figures in a browser, too
	@$(PY) -m tools.browser --install
	@$(PY) -m pytest $(SHARED) -m sweep tests

unit: $(VENV)/test.stamp  ## run the quick tests, without the built book, a browser or whole chapters
	@$(PY) -m pytest $(SHARED) -m "not site and not slow" --hypothesis-profile=unit tests src README.md

# The stored answers of other libraries stay as they are where a library is not installed.
answers: WITH ?= $(PY)
answers: $(VENV)/test.stamp  ## ask PyTorch, JAX and others again what the tests compare with (WITH=python that has them)
	@PYTHONPATH=src $(WITH) -m tools.answers

coverage: $(VENV)/test.stamp  ## say which lines of src/ the unit tests do not run
	@$(PY) -m coverage run -m pytest -q -m "not site and not slow" tests
	@$(PY) -m coverage report

lint: $(VENV)/test.stamp  ## check style, types, spelling and the workflows
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
	@$(BIN)/mypy
	@$(BIN)/typos
	@$(BIN)/zizmor --quiet --offline --persona=auditor .github

times:  ## say how long each stage of `make book` and `make test` took when it last ran
	@$(if $(wildcard $(PY)),$(PY),$(PYTHON)) -m tools.stages

# Asks other hosts, so no test does it. A cached book is not executed again.
links: $(VENV)/book.stamp  ## follow the links that lead out of the book
	@$(BIN)/jupyter-book build book --builder linkcheck

format: $(VENV)/test.stamp  ## lay the code out as `make lint` wants it
	@$(BIN)/ruff check --fix
	@$(BIN)/ruff format

# A sample; all of them, or those of one module: see tools/mutants.py.
mutants: $(VENV)/test.stamp  ## count the small changes of the code that no test notices
	@$(PY) -m tools.mutants stable_softmax --sample 300 --least 95
	@$(PY) -m tools.mutants static_interact --sample 150 --least 90
	@$(PY) -m tools.mutants small_networks --sample 150 --least 90

# All pages, or those whose path holds a word: make sheets PAGES="chapters/02 index".
sheets: book $(VENV)/test.stamp  ## picture sheets of every page: light, dark, phone, print
	@$(PY) -m tools.browser --install
	@$(PY) -m tools.sheets $(PAGES)

execute: $(VENV)/book.stamp  ## execute the chapters and store their outputs in the notebooks
	@$(PY) -m tools.execute

bench: book $(VENV)/test.stamp  ## measure accuracy, speed, memory and page weight
	@$(PY) -m tools.browser --install
	@$(PY) -m benchmarks

# What is pinned stays as long as pyproject.toml allows it; UPGRADE=--upgrade takes the newest of everything, and
# UPGRADE="--upgrade-package numpy" of one package. The universal ones hold for every Python and system.
COMPILE   := $(BIN)/uv pip compile --quiet --python-version 3.11 --no-annotate --no-emit-index-url --no-emit-find-links
UNIVERSAL := --universal --fork-strategy fewest
pins: export UV_CUSTOM_COMPILE_COMMAND := make pins
pins: $(VENV)/book.stamp  ## renew the requirements*.txt (all of them: UPGRADE=--upgrade)
	@$(BIN)/pip install --quiet --disable-pip-version-check uv
	$(COMPILE) $(UNIVERSAL) $(UPGRADE) pyproject.toml --extra book --extra site --extra test --extra lint -o requirements-test.txt
	echo '-e .[book,site]' | $(COMPILE) $(UNIVERSAL) - --constraint requirements-test.txt -o requirements.txt
	$(COMPILE) --resolution lowest-direct pyproject.toml --extra book -o .ci/requirements-oldest.txt

clean:  ## remove the built book and its caches
	rm -rf book/_build .pytest_cache .hypothesis .ruff_cache .mypy_cache .coverage
	find . -name __pycache__ -not -path './$(VENV)/*' -prune -exec rm -rf {} +

distclean: clean  ## remove the environment too
	rm -rf $(VENV) .times src/*.egg-info

# The environment. A stamp says that it holds what the files it depends on ask for.

$(PY):
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 15))' 2>/dev/null || { \
	  echo "The book needs Python 3.11 to 3.14; $(PYTHON) is $$($(PYTHON) --version 2>&1)." >&2; \
	  echo "Name another one, for example: make book PYTHON=python3.12" >&2; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { \
	  echo "$(PYTHON) has no venv module. On Debian and Ubuntu: sudo apt install python3-venv" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); exit 1; }

$(VENV)/book.stamp: requirements.txt pyproject.toml $(PY)
	$(TIMED) "install for the book" $(PY) -m pip install --quiet --disable-pip-version-check -r requirements.txt
	@touch $@

$(VENV)/test.stamp: requirements-test.txt $(VENV)/book.stamp
	$(TIMED) "install for the tests" $(PY) -m pip install --quiet --disable-pip-version-check -r requirements-test.txt
	@touch $@
