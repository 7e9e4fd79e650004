# Every target brings what it needs: Python >= 3.11 and make are all that a machine must have.
PYTHON ?= python3
UV_VERSION := 0.13.9
BIN := .venv/bin
export UV_PYTHON_DOWNLOADS := never

.PHONY: setup typescript localstripe demo up test test-web alerts screenshots attack chaos drill production rehearse release-api fuzz endurance lint audit fmt docs lock clean model mutate bench
.DEFAULT_GOAL := help

help: ## this list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/' | expand -t 12

setup: .venv/.ready ## fill .venv with the locked packages and the `sequestre` command

.venv/.ready: requirements.lock pyproject.toml scripts/setup.sh
	@PYTHON="$(PYTHON)" UV_VERSION="$(UV_VERSION)" sh scripts/setup.sh
	@touch $@

# Node's packages come from outside, so that nothing else asks for them: without, its test is skipped.
typescript: ## bring the TypeScript generator and compiler into .tools for their test (needs npm)
	@npm install --silent --no-save --prefix .tools/typescript openapi-typescript@7 typescript@5

localstripe: .tools/localstripe/.ready ## bring a server that speaks as Stripe does into .tools for its test

# Under the GPL: in an environment of its own, and only ever a process beside the tests.
.tools/localstripe/.ready: tests/providers/localstripe.lock scripts/setup.sh
	@PYTHON="$(PYTHON)" UV_VERSION="$(UV_VERSION)" VENV=.tools/localstripe LOCK=$< sh scripts/setup.sh
	@touch $@

demo: setup ## play the story of an order on the real stack
	@$(BIN)/sequestre demo

up: setup ## start the product on this machine (DEMO=1: with a lively marketplace in .sequestre-demo)
	@$(BIN)/sequestre up $(if $(DEMO),--demo --data-dir .sequestre-demo)

# What takes longer than a developer waits: whole stacks broken on purpose. CI runs it with the rest.
ATTACKS := tests/e2e/test_crash_points.py tests/e2e/test_payment_crash_points.py tests/e2e/test_repair.py tests/e2e/test_privacy.py \
	tests/e2e/test_up.py tests/e2e/test_up_with_a_provider.py tests/e2e/test_hostile_shell.py tests/e2e/test_killed_demo.py \
	tests/e2e/test_demo_market.py \
	tests/embedded tests/reconcile \
	tests/chaos/test_careless.py tests/chaos/test_oracles.py tests/api/test_clocks.py tests/api/test_api_away.py \
	tests/drill tests/rehearsal tests/endurance tests/model tests/api/test_schemathesis.py tests/growth \
	tests/workflows/test_exchanged_effects.py tests/bench/test_arms.py

PYTEST = $(BIN)/pytest -n 4 --dist loadfile --no-loadscope-reorder

# What needs a browser: it is no Python package, so that it is brought where that is asked for.
WEB := tests/web

# What needs Debian's Prometheus, likewise.
LIVE_ALERTS := tests/alerts

test: setup ## run the tests; they start PostgreSQL and Temporal themselves
	@$(PYTEST) $(addprefix --ignore=,$(ATTACKS) $(WEB) $(LIVE_ALERTS))
	@sh scripts/browser.sh look
	@sh scripts/prometheus.sh look

test-web: setup ## look at the pages in Debian's Chromium, which is installed where that is possible
	@sh scripts/browser.sh bring
	@$(BIN)/pytest -n 2 --dist loadfile --no-loadscope-reorder $(WEB)

alerts: setup ## break a stack and see in Debian's Prometheus which alert fires, and that no other does
	@sh scripts/prometheus.sh bring
	@$(BIN)/pytest -n 0 tests/test_alerts.py $(LIVE_ALERTS)

screenshots: setup ## take the pictures of docs/pictures in the same browser
	@sh scripts/browser.sh bring
	@$(BIN)/python -m scripts.screenshots

attack: setup ## run those that break whole stacks: crash points, repairs, fuzzing, a model, long lives
	@$(PYTEST) $(ATTACKS)

chaos: setup ## break everything while orders run, and count (ORDERS=2200 FAULTS=200 SEED=1 SCRAPED=1 PROVIDER=no)
	@$(if $(SCRAPED),sh scripts/prometheus.sh bring)
	@$(BIN)/python -m tests.chaos --orders $(or $(ORDERS),2200) --faults $(or $(FAULTS),200) --seed $(or $(SEED),1) $(if $(SCRAPED),--scraped) $(if $(filter no,$(PROVIDER)),--no-provider)

drill: setup ## back a stack up while it works, lose it, restore it in every way (ORDERS=25)
	@$(BIN)/python -m tests.drill --orders $(or $(ORDERS),25)

production: setup ## build the image and run the production shape: kills, replacements, proof (ORDERS=100 SEED=1; root)
	@sh scripts/production.sh
	@$(BIN)/python -m tests.production --orders $(or $(ORDERS),100) --seed $(or $(SEED),1)

rehearse: setup ## replace an earlier release by this code while orders run (FROM=REVISION, or the latest tag)
	@$(BIN)/python -m tests.rehearsal $(FROM)

release-api: setup ## hold later releases to what the API says of itself today (ANYWAY=1: though it breaks)
	@$(BIN)/python -m scripts.api_promise --release $(if $(ANYWAY),--although-it-breaks)

fuzz: setup ## ask the API what its document allows and forbids, for FUZZ_SECONDS (300)
	@FUZZ_SECONDS=$${FUZZ_SECONDS:-300} FUZZ_EXAMPLES=$${FUZZ_EXAMPLES:-100} $(BIN)/pytest -q --show-capture=no tests/api/test_schemathesis.py

endurance: setup ## run long: ORDERS=10000 deadlines at one instant, ROUNDS=1000 of one order, REQUESTS=10000
	@$(BIN)/python -m tests.endurance deadlines --orders $(or $(ORDERS),10000)
	@$(BIN)/python -m tests.endurance rounds --rounds $(or $(ROUNDS),1000)
	@$(BIN)/python -m tests.endurance requests --requests $(or $(REQUESTS),10000)

model: setup ## people at random on the whole product, beside a small model of it (MODEL_EXAMPLES=200 MODEL_STEPS=50)
	@MODEL_EXAMPLES=$${MODEL_EXAMPLES:-200} MODEL_STEPS=$${MODEL_STEPS:-50} $(BIN)/pytest -q --show-capture=no tests/model

mutate: setup ## break the rules in domain/ piece by piece and see the tests fail (PROCESSES: all cores)
	@PROCESSES=$(PROCESSES) $(BIN)/python scripts/mutate.py

lint: setup ## formatting, lint rules, types, import contracts, security rules
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/bandit -q -r domain documents outbound providers texts db activities workflows infra embedded reconcile api bench cli worker.py -c pyproject.toml

audit: setup ## look for known vulnerabilities in what production installs
	@$(BIN)/python scripts/audit.py

fmt: setup ## format and apply safe fixes
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

docs: setup ## write docs/process.md, docs/metrics.md, docs/benchmarks.md and the signals of docs/operations.md
	@$(BIN)/python -m scripts.process_page > docs/process.md
	@$(BIN)/python -m scripts.signal_fields
	@$(BIN)/python -m scripts.metrics_page > docs/metrics.md
	@$(BIN)/python -m scripts.benchmarks_page > docs/benchmarks.md

bench: setup .tools/peer/.ready ## measure what an order costs, beside a bare workflow and the same life on DBOS, into docs/benchmarks.md (ONLY=ARM)
	@$(BIN)/sequestre bench $(addprefix --only ,$(ONLY)) --json docs/benchmarks/$(or $(ONLY),whole).json
	@$(BIN)/python -m scripts.benchmarks_page > docs/benchmarks.md

# In an environment of its own: the product has nothing to do with what it is compared with.
.tools/peer/.ready: benchmarks/requirements.lock scripts/setup.sh
	@PYTHON="$(PYTHON)" UV_VERSION="$(UV_VERSION)" VENV=.tools/peer LOCK=$< sh scripts/setup.sh
	@touch $@

lock: ## resolve the newest allowed versions into the hashed lock files
	@uv pip compile --universal --generate-hashes --all-extras -q --custom-compile-command "make lock" -o requirements.lock pyproject.toml
	@uv pip compile --universal --generate-hashes --extra telemetry --extra stripe -q -c requirements.lock --custom-compile-command "make lock" -o requirements-prod.lock pyproject.toml
	@uv pip compile --universal --generate-hashes --group pyproject.toml:peer -q -c requirements.lock --custom-compile-command "make lock" -o benchmarks/requirements.lock
	@uv pip compile --universal --generate-hashes --group pyproject.toml:localstripe -q --custom-compile-command "make lock" -o tests/providers/localstripe.lock

clean: ## forget the environment and the local stack's data
	@rm -rf .venv .tools .sequestre .sequestre-demo mutants
