# make demo    install perrin and analyse real beads in water
# make test    install what the tests need and run all checks and tests
# make check   the same without the tests that are slow or need a browser, a cluster or the documentation: minutes
# make site    build the documentation in out/site
# make peers   build the environments of the packages that benchmarks compare with
# make real    repeat the checks on real data (DATA names their folder)

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
DATA ?= ../shared/data
# Something else may be installing: wait for it.
APT := apt-get -o DPkg::Lock::Timeout=600
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: demo test check lint site real peers chromium clean

$(VENV)/installed: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --editable .
	touch $@

$(VENV)/ready-to-test: $(VENV)/installed constraints-dev.txt
	$(BIN)/pip install --quiet --editable '.[testing,dev]' --constraint constraints-dev.txt
	touch $@

demo: $(VENV)/installed
	$(BIN)/perrin analyze examples/bulk_water.csv -o out/demo --force

test: lint chromium
	$(BIN)/pytest

check: lint
	$(BIN)/pytest -m "not (slow or browser or cluster or docs)"

lint: $(VENV)/ready-to-test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

chromium:
	@command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null \
	|| { if [ "$$(id -u)" = 0 ]; then $(APT) update -qq && $(APT) install -y -qq chromium; \
	else echo "The tests open reports and the app in a browser. Install it with: sudo apt-get install chromium"; exit 1; fi; }

site: $(VENV)/ready-to-test
	$(BIN)/mkdocs build --strict

real: $(VENV)/installed
	$(BIN)/python -m benchmarks real --data $(DATA)

peers: $(foreach name,old new torch,.venv-peers-$(name)/ready)

# The lists are complete: no resolver, for it would refuse what works (andi-datasets wants one NumPy, trackpy another).
.venv-peers-%/ready: benchmarks/peers/requirements/%.txt
	$(PYTHON) -m venv .venv-peers-$*
	.venv-peers-$*/bin/pip install --quiet --no-deps --requirement $<
	touch $@

clean:
	rm -rf $(VENV) .venv-peers-* out
