# The commands of the project. `make torture` and `make test` need nothing but a Swift toolchain: they set up the rest.

.PHONY: help setup build torture test kill-test bench-explorer cross-check format lint clean

# Merged functions would lose their line numbers, and with them the call stacks in a report.
RELEASE = --configuration release -Xswiftc -Xfrontend -Xswiftc -disable-llvm-merge-functions-pass
COMMAND = .build/release/lrvm-torture
SOURCES = Sources Tests Examples Package.swift

# How long the scenarios may run.
TIME_LIMIT = 60s

help:
	@echo 'make torture  set up, build, run the scenarios and the canaries; reports/latest/ has the result'
	@echo '              (TIME_LIMIT=10m runs them longer)'
	@echo 'make test     set up, then run every test'
	@echo 'make kill-test kill a process 200 times in the middle of its commits, and look for what it promised'
	@echo 'make bench-explorer measure how fast crash states are explored; reports/bench-explorer.json has the figures'
	@echo 'make cross-check compare exhaustive exploration with every crash state, one by one, on 1,000 small workloads'
	@echo 'make build    set up, then build the command for release: $(COMMAND)'
	@echo 'make format   rewrite the Swift sources in the project'\''s format'
	@echo 'make lint     check that format'
	@echo 'make clean    remove what was built and the generated reports'

setup:
	@Scripts/setup.sh

build: setup
	swift build $(RELEASE) --product lrvm-torture

torture: build
	$(COMMAND) run scenarios --time-limit $(TIME_LIMIT) --out reports/latest
	$(COMMAND) run --canary scenarios/canary --out reports/canary

test: setup
	@Scripts/test-setup.sh
	swift test

kill-test: setup
	swift build $(RELEASE) --product lrvm-kill-check
	.build/release/lrvm-kill-check --kills 200

bench-explorer: setup
	swift build $(RELEASE) --product bench-explorer
	.build/release/bench-explorer --out reports/bench-explorer.json

cross-check: setup
	swift build $(RELEASE) --product bench-explorer
	.build/release/bench-explorer cross-check --workloads 1000

format: setup
	swift format --in-place --parallel --recursive $(SOURCES)

lint: setup
	swift format lint --strict --parallel --recursive $(SOURCES)

clean:
	rm -rf .build reports/latest reports/canary reports/exhaust reports/bench-explorer.json
