# The verbs of this project, the same here and in CI. GNU make; what is more than a line is a script in .make/.

VENV := .venv
IN_VENV := PATH="$(CURDIR)/$(VENV)/bin:$$PATH"
.DEFAULT_GOAL := help
.PHONY: help demo test engines lab acceptance acceptance-full lint type format generate picture pins bench bench-full deb collection install uninstall clean
.NOTPARALLEL:
# Of another project: its modules would hide ours, and the scripts in .make/ import their neighbours.
unexport PYTHONPATH PYTHONHOME PYTHONSAFEPATH

help:
	@sed -n 's/^#: //p' Makefile

#: make demo         seven situations with the bundled listener, and what check_tcp prints in each (20 seconds, no root)
demo:
	@.make/venv $(VENV) "$(or $(PYTHON),python3)" ""
	@$(IN_VENV) python tests/demo.py

#: make test         all tests (ARGS="-k word" for some), on every promised Python found; names what was skipped
test:
	@.make/venv $(VENV) "$(or $(PYTHON),python3)" test,ansible
	@$(IN_VENV) python .make/test.py $(ARGS)

#: make engines      install the Debian packages that the real-engine tests need (root or sudo)
engines:
	@.make/engines

#: make lab          one fault after another in a network of namespaces (root; SEED=number, ROWS=name,name or practice)
lab:
	@SEED="$(SEED)" ROWS="$(ROWS)" PYTHONPATH=tests "$(or $(PYTHON),python3)" -B -m lab

#: make acceptance   the acceptance scripts, in short: 4 minutes an issue (LINE=3-1 for one, LINE=3- for an issue's)
acceptance:
	@.make/venv $(VENV) "$(or $(PYTHON),python3)" test,ansible
	@.make/acceptance $(LINE)

#: make acceptance-full  the same with the counts that the issues name: a million inputs, ten seeds (LINE)
acceptance-full:
	@.make/venv $(VENV) "$(or $(PYTHON),python3)" test,ansible
	@FULL=1 .make/acceptance $(LINE)

#: make lint         ruff: rules and format
lint:
	@.make/venv $(VENV) "$(or $(PYTHON),python3)" test,lint
	@$(IN_VENV) ruff check --quiet
	@$(IN_VENV) ruff format --check --quiet || { echo "make format puts these right:"; $(IN_VENV) ruff format --check; exit 1; }

#: make type         mypy, strict
type:
	@.make/venv $(VENV) "$(or $(PYTHON),python3)" test,lint
	@$(IN_VENV) mypy --no-error-summary

#: make format       let ruff write the files in the house style
format:
	@.make/venv $(VENV) "$(or $(PYTHON),python3)" test,lint
	@$(IN_VENV) ruff check --fix-only --quiet
	@$(IN_VENV) ruff format

#: make generate     write anew what is made from the settings table
generate:
	@.make/venv $(VENV) "$(or $(PYTHON),python3)" test,ansible
	@$(IN_VENV) python .make/generate.py

#: make picture      draw the README's terminal anew, from real output (root)
picture:
	@.make/venv $(VENV) "$(or $(PYTHON),python3)" test,ansible
	@$(IN_VENV) PYTHONPATH=plugins:tests python -m real.picture

#: make pins         write anew the versions and hashes that make install installs
pins:
	@PYTHON="$(or $(PYTHON),python3.9)" .make/pin

#: make bench        the figures and their goals, side by side (BENCH=name for one)
bench:
	@.make/venv $(VENV) "$(or $(PYTHON),python3)" test,ansible
	@$(IN_VENV) python tests/bench $(BENCH)

#: make bench-full   the growth of a sweep to a million targets, some minutes
bench-full:
	@.make/venv $(VENV) "$(or $(PYTHON),python3)" test,ansible
	@$(IN_VENV) python tests/bench grown-full

#: make deb          build the Debian packages into dist/: tcp-health, and tcp-health-check-tcp in place of check_tcp
deb:
	@.make/deb

#: make collection   build the archive of the Ansible collection into dist/
collection:
	@.make/venv $(VENV) "$(or $(PYTHON),python3)" test,ansible
	@$(IN_VENV) python .make/collection.py

#: make install      PREFIX PLUGINDIR DESTDIR PYTHON LINKS FORCE: docs/install.md
install uninstall: export PREFIX := $(PREFIX)
install uninstall: export PLUGINDIR := $(PLUGINDIR)
install uninstall: export DESTDIR := $(DESTDIR)
install uninstall: export PYTHON := $(PYTHON)
install uninstall: export LINKS := $(LINKS)
install uninstall: export FORCE := $(FORCE)
install uninstall:
	@"$(or $(PYTHON),python3)" -c 'import sys; sys.exit(sys.version_info < (3, 9))' || \
	    { echo "$(or $(PYTHON),python3) is not a Python 3.9 or newer: name one with PYTHON=."; exit 1; }
	@"$(or $(PYTHON),python3)" -B .make/install.py $@

#: make uninstall    remove what make install put there, and nothing else (PREFIX, DESTDIR)

#: make clean        remove what the other verbs made in this folder
clean:
	@rm -rf $(VENV) build dist plugins/*.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis .coverage .coverage.*
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
