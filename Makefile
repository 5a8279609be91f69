# Daybook's commands. They need GNU make and Python 3.11 or newer, nothing else.
.DELETE_ON_ERROR:
.PHONY: help install demo up messages test test-quick test-pgbouncer test-pgbouncer-tls bench check audit lock clean

CANDIDATES = $(or $(PYTHON),python3 python3.14 python3.13 python3.12 python3.11)
VENV = .venv
RUN = $(VENV)/bin/python
INSTALLED = $(VENV)/.installed
# uv installs in a tenth of pip's time; pip installs uv.
PIP_INSTALL = $(RUN) -m pip install --quiet --disable-pip-version-check --require-hashes

help:
	@echo "make demo     Daybook with a sandbox Google, at http://127.0.0.1:8000/"
	@echo "              PORT=N SANDBOX_PORT=N WORKERS=N ICS=calendar.ics"
	@echo "make up       Daybook alone, with the settings of .env (PORT=N WORKERS=N)"
	@echo "make install  the virtual environment $(VENV)"
	@echo "make test     every test (ARGS='-k name')"
	@echo "make test-quick  the happy path of each test file, in two minutes"
	@echo "make test-pgbouncer, test-pgbouncer-tls  the database tests, through pgbouncer"
	@echo "make bench    the benchmarks, each with a comparison and its limit"
	@echo "make check    style, types, migrations, deployment, security, import rules"
	@echo "make messages  the catalogues of translations in locale/, from the code"
	@echo "make lock     the lock files from requirements.in and requirements-dev.in"
	@echo "make clean    removes $(VENV) and caches; keeps your data in var/"

install: $(INSTALLED)

$(INSTALLED): requirements-dev.txt
	@python=; for candidate in $(CANDIDATES); do \
	  if "$$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; \
	  then python=$$candidate; break; fi; done; \
	test -n "$$python" || { \
	  echo "Daybook needs Python 3.11 or newer. Install it, or give its path: make PYTHON=/path/to/python3" >&2; \
	  exit 1; }; \
	"$$python" -c 'import ensurepip, venv' 2>/dev/null || { \
	  echo "$$python can't create virtual environments. Install its venv module (Debian: apt-get install python3-venv)." >&2; \
	  exit 1; }; \
	echo "Installing the pinned dependencies into $(VENV) ..."; \
	"$$python" -m venv $(VENV)
	@sed -n '/^uv==/,/# via/p' requirements-dev.txt > $(VENV)/uv.txt
	@$(PIP_INSTALL) -r $(VENV)/uv.txt
	@$(VENV)/bin/uv pip install --quiet --python $(RUN) --require-hashes -r requirements-dev.txt || { \
	  echo "uv failed (it doesn't read pip's index settings, for example). Installing with pip, which takes minutes."; \
	  $(PIP_INSTALL) -r requirements-dev.txt; }
	@touch $@

SERVE = $(if $(PORT),--port $(PORT)) $(if $(WORKERS),--workers $(WORKERS))

demo: $(INSTALLED)
	@$(RUN) manage.py demo $(SERVE) $(if $(SANDBOX_PORT),--sandbox-port $(SANDBOX_PORT)) $(if $(ICS),--ics "$(ICS)")

up: $(INSTALLED)
	@$(RUN) manage.py up $(SERVE)

test: $(INSTALLED)
	@$(RUN) -m tests.parts
	$(RUN) -m pytest -n auto --durations=10 $(ARGS)

test-quick: $(INSTALLED)
	$(RUN) -m pytest -n auto --quick $(ARGS)

# Tests that use the database, except those with servers of their own (up, demo, faults, a pooler)
# or a browser.
OF_THE_DATABASE = tests/accounts tests/profiles tests/calendars tests/row_security \
	$(addprefix tests/config/test_,health.py problems.py request_id.py metrics.py \
	lost_connections.py database_faults.py outage.py)

test-pgbouncer test-pgbouncer-tls: test-%: $(INSTALLED)
	@$(RUN) -m tests.parts
	$(RUN) -m pytest -n auto --database=$* $(OF_THE_DATABASE) $(ARGS)

bench: $(INSTALLED)
	@$(RUN) -m tests.benchmarks

check: $(INSTALLED)
	$(RUN) -m ruff check .
	$(RUN) -m ruff format --check .
	$(RUN) -m mypy .
	$(RUN) manage.py makemigrations --check --dry-run
	$(RUN) -m tests.checks.deploy
	$(RUN) -m bandit --quiet --recursive --configfile pyproject.toml .
	$(RUN) -m pytest -q tests/test_architecture.py
	$(RUN) -m tests.checks.audit

messages: $(INSTALLED)
	@$(RUN) manage.py messages

audit: $(INSTALLED)
	$(RUN) -m tests.checks.audit

# Keep extras in the lock: before pip 23.3 the pin of a name doesn't apply to the name with an extra.
COMPILE = $(VENV)/bin/uv pip compile --universal --python-version 3.11 --generate-hashes --no-header --no-strip-extras -q

lock: $(INSTALLED)
	$(COMPILE) requirements.in -o requirements.txt
	$(COMPILE) requirements-dev.in -c requirements.txt -o requirements-dev.txt

clean:
	rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache .hypothesis htmlcov .coverage
	find . -name __pycache__ -type d -not -path './var/*' -prune -exec rm -rf {} +
