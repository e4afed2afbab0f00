# The commands of the project. `make torture` and `make test` need nothing but a Swift toolchain: they set up the rest.

.PHONY: help setup build torture test kill-test fault-table wild-stores test-reports test-deploy bench-explorer bench-report
.PHONY: schedules cross-check mutants manual completions documentation test-pages picture format lint clean
.PHONY: bench bench-recovery bench-programs programs litmus filesystems soak test-sanitizers install release test-release test-pjdfstest

# Merged functions would lose their line numbers, and with them the call stacks in a report.
RELEASE = --configuration release -Xswiftc -Xfrontend -Xswiftc -disable-llvm-merge-functions-pass
COMMAND = .build/release/lrvm-torture
SOURCES = Sources Tests Examples Benchmarks Package.swift
# What the tests hold the reports' formats against.
TEST_PACKAGES = python3-jsonschema libxml2-utils
GENERATED = .build/generated

# The programs of Examples/Programs, and what compiles their drivers.
PROGRAM_PACKAGES = python3 sqlite3 gcc g++ liblmdb-dev libleveldb-dev librocksdb-dev git redis-server postgresql golang-go \
	golang-github-coreos-bbolt-dev mercurial python3-tinydb python3-tdb python3-gdbm tokyocabinet-bin
# What makes the file systems that `make litmus` tests.
LITMUS_PACKAGES = e2fsprogs xfsprogs btrfs-progs
# For less than everything: LITMUS_OPTIONS='--file-system ext4 --test replace'.
LITMUS_OPTIONS =
# The engines that LRVM is measured beside.
BENCH_PACKAGES = liblmdb-dev librocksdb-dev libleveldb-dev libpmemobj-dev
# For a shorter run: BENCH_OPTIONS=--quick.
BENCH_OPTIONS =
# How long `make soak` takes, in seconds.
SOAK_DURATION = 600

# Those that `make test-sanitizers` builds with; each is a build of all targets.
SANITIZERS = thread address

# Where `make install` puts the command.
PREFIX = /usr/local
DESTDIR =

# How long the scenarios may run, and with which seeds: empty for each one's own.
TIME_LIMIT = 90s
FIRST_SEED =

help:
	@echo 'make torture  set up, build, run the scenarios and the canaries; reports/latest/ has the result'
	@echo '              (TIME_LIMIT=10m runs them longer)'
	@echo 'make schedules every schedule of two and three threads with at most two preemptions: nine minutes on two cores'
	@echo 'make test     set up, then run every test'
	@echo 'make test-reports open reports in a headless Chromium, and run the steps of action.yml'
	@echo 'make test-deploy  run a campaign with GNU parallel and Slurm, and compare the merged reports'
	@echo 'make manual   write the manual pages to $(GENERATED)/man'
	@echo 'make completions write completions for bash, zsh and fish to $(GENERATED)/completions'
	@echo 'make documentation build the reference of the libraries, for a browser, in $(GENERATED)/documentation'
	@echo 'make test-pages check the manual pages, the completions and the reference'
	@echo 'make picture make the picture of the README anew'
	@echo 'make kill-test kill a process in the middle of its commits, 200 times with LRVM and 1000 with Vista, and look for what it promised'
	@echo 'make fault-table every fault on every profile, for LRVM, Vista and SQLite; docs/faults.md has the table'
	@echo 'make wild-stores a store through a bad pointer after each store of Vista; docs/vista.md has the table'
	@echo 'make soak     the same with 8 threads, for SOAK_DURATION seconds (600)'
	@echo 'make test-sanitizers the tests of LRVM, of what it stores on and of the scheduler, and a short soak, with ThreadSanitizer and'
	@echo '              with AddressSanitizer'
	@echo 'make bench    measure LRVM beside the raw disk, SQLite, LMDB, RocksDB and LevelDB; docs/performance.md shows it'
	@echo '              (BENCH_OPTIONS=--quick takes a minute)'
	@echo 'make bench-explorer measure how fast crash states are explored; reports/bench-explorer.json has the figures'
	@echo 'make bench-report measure what isolation and reports cost, a million cases, and merging a thousand shards'
	@echo 'make bench-programs measure what a call of the mounted file system, an execution of a checker and small programs take'
	@echo 'make bench-recovery measure the time and memory of LRVM'\''s recovery from logs of 64 MiB to 4 GiB'
	@echo 'make cross-check compare exhaustive exploration with every crash state, one by one, on 2,000 small workloads on disks and 2,000 in memory'
	@echo 'make programs torture SQLite, LMDB, LevelDB, git, Redis and others as they are; docs/programs-known.md has the table'
	@echo 'make litmus   compare what crashes leave of this kernel'\''s ext4, xfs, btrfs and ext2 with what the profiles allow (as root);'
	@echo '              docs/profiles.md has the tables'
	@echo 'make filesystems  LRVM, SQLite and two programs on this kernel'\''s ext4, xfs, btrfs and ext2, whose disk loses power (as root)'
	@echo 'make mutants  plant each defect of mutants/ in a copy of the sources, and see whether it is found; docs/detection.md has the table'
	@echo 'make install  the command, its manual and completions, below PREFIX ($(PREFIX))'
	@echo 'make release  a tarball for machines without a toolchain, in reports/release'
	@echo 'make test-release try that tarball in a bare root (as root)'
	@echo 'make test-pjdfstest run that test suite for file systems on a mount (as root; PJDFSTEST=folder for a checkout)'
	@echo 'make build    set up, then build the command for release: $(COMMAND)'
	@echo 'make format   rewrite the Swift sources in the project'\''s format'
	@echo 'make lint     check that format'
	@echo 'make clean    remove what was built and the generated reports'

setup:
	@Scripts/setup.sh

build: setup
	swift build $(RELEASE) --product lrvm-torture

schedules: build
	$(COMMAND) run scenarios/threads/long --case-limit 30m --out reports/schedules

torture: build
	$(COMMAND) run scenarios --time-limit $(TIME_LIMIT) $(if $(FIRST_SEED),--first-seed $(FIRST_SEED)) --out reports/latest
	$(COMMAND) run scenarios/vista --time-limit $(TIME_LIMIT) --out reports/vista
	$(COMMAND) run scenarios/threads --runs 40 --time-limit $(TIME_LIMIT) --out reports/threads
	$(COMMAND) run --canary scenarios/canary --out reports/canary
	swift build $(RELEASE) --product heap-torture
	.build/release/heap-torture run Examples/PersistentStructures/scenarios --time-limit 20s --out reports/heap

test:
	@Scripts/setup.sh $(TEST_PACKAGES)
	@Scripts/test-setup.sh
	@# A test that waits for a program lets others begin, without end: dozens of campaigns side by side starve one another.
	SWT_EXPERIMENTAL_MAXIMUM_PARALLELIZATION_WIDTH=4 swift test

test-reports: build
	@Scripts/setup.sh chromium python3-yaml
	$(COMMAND) run scenarios --runs 1 --quiet --out reports/test-clean
	$(COMMAND) run scenarios/canary --runs 2 --quiet --out reports/test-failures; test $$? -eq 1
	Scripts/test-report.sh reports/test-clean/report.html reports/test-failures/report.html
	/usr/bin/python3 Scripts/test-action.py

test-deploy: build
	@Scripts/setup.sh parallel slurm-wlm munge
	Scripts/test-deploy.sh $(COMMAND)

manual: build
	mkdir -p $(GENERATED)/man
	swift build --product generate-manual
	$$(swift build --show-bin-path)/generate-manual $(COMMAND) --multi-page --output-directory $(GENERATED)/man
	@# The program itself calls these, and no user does.
	rm -f $(GENERATED)/man/lrvm-torture.worker.1 $(GENERATED)/man/lrvm-torture.debug-case.1
	sed -i '/lrvm-torture.worker/d; /lrvm-torture.debug-case/d' $(GENERATED)/man/lrvm-torture.1
	sed -i '$$s/ ,$$//' $(GENERATED)/man/lrvm-torture.1

completions: build
	mkdir -p $(GENERATED)/completions
	$(COMMAND) --generate-completion-script bash >$(GENERATED)/completions/lrvm-torture.bash
	$(COMMAND) --generate-completion-script zsh >$(GENERATED)/completions/_lrvm-torture
	$(COMMAND) --generate-completion-script fish >$(GENERATED)/completions/lrvm-torture.fish

documentation: setup
	Scripts/documentation.sh $(GENERATED)/documentation

test-pages: manual completions documentation
	@Scripts/setup.sh mandoc zsh fish
	Scripts/test-pages.sh $(COMMAND) $(GENERATED)

picture: build
	$(COMMAND) run scenarios/canary/log-sync-dropped.yaml --canary --seed 1 --quiet --out reports/test-picture
	Scripts/picture.sh reports/test-picture/report.html docs/images/failure.svg

kill-test: setup
	swift build $(RELEASE) --product lrvm-kill-check
	.build/release/lrvm-kill-check --kills 200
	.build/release/lrvm-kill-check --engine vista --kills 1000

soak: setup
	swift build $(RELEASE) --product lrvm-kill-check
	.build/release/lrvm-kill-check soak --duration $(SOAK_DURATION)

test-sanitizers: setup
	Scripts/test-sanitizers.sh $(SANITIZERS)

install: manual completions
	Scripts/install.sh $(COMMAND) $(DESTDIR)$(PREFIX)

release: manual completions
	Scripts/release.sh reports/release

test-release: release
	@Scripts/setup.sh debootstrap binutils
	Scripts/test-release.sh $$(ls -t reports/release/*.tar.gz | head -n 1)

# A checkout of pjdfstest; nothing: it is cloned.
PJDFSTEST =

test-pjdfstest: build
	@Scripts/setup.sh autoconf automake gcc perl
	Scripts/test-pjdfstest.sh $(COMMAND) $(PJDFSTEST)

bench:
	@Scripts/setup.sh $(BENCH_PACKAGES)
	swift build --package-path Benchmarks --configuration release
	rm -rf reports/bench-data
	Benchmarks/.build/release/lrvm-bench $(BENCH_OPTIONS) --out reports/bench.json --plot docs/performance.svg \
		--document docs/performance.md

fault-table: build
	$(COMMAND) fault-table --document docs/faults.md

# The heap's own tables are not checked while it runs, so a wild store into them ends the program.
wild-stores: build
	$(COMMAND) wild-stores $(filter-out %-heap.yaml, $(wildcard scenarios/vista/vista-rio-*.yaml)) --document docs/vista.md

bench-explorer: setup
	swift build $(RELEASE) --product bench-explorer
	.build/release/bench-explorer --out reports/bench-explorer.json

bench-report: build
	swift build $(RELEASE) --product bench-report
	rm -rf reports/bench-campaign reports/bench-merge reports/bench-start
	.build/release/bench-report start --out reports/bench-start
	.build/release/bench-report overhead --out reports/bench-overhead
	.build/release/bench-report campaign --out reports/bench-campaign
	.build/release/bench-report merge --out reports/bench-merge

bench-recovery: setup
	swift build $(RELEASE) --product bench-recovery
	.build/release/bench-recovery reports/bench-recovery 64 1024 4096

programs: build
	@Scripts/setup.sh $(PROGRAM_PACKAGES)
	/usr/bin/python3 Scripts/programs.py

litmus:
	@Scripts/setup.sh $(LITMUS_PACKAGES)
	swift build $(RELEASE) --product litmus-calls
	swift build $(RELEASE) --product litmus
	.build/release/litmus $(if $(LITMUS_OPTIONS),$(LITMUS_OPTIONS),--document docs/profiles.md)

filesystems: build
	@Scripts/setup.sh $(LITMUS_PACKAGES) python3 sqlite3
	$(COMMAND) run scenarios/filesystems --case-limit 20m --out reports/filesystems
	$(COMMAND) run --canary scenarios/filesystems/canary --case-limit 20m --out reports/filesystems-canary

bench-programs:
	@Scripts/setup.sh python3 sqlite3 gcc liblmdb-dev
	mkdir -p .build/programs
	gcc -O2 -o .build/programs/lmdb_store Examples/Programs/lmdb/lmdb_store.c -llmdb
	swift build $(RELEASE) --product bench-checker
	swift build $(RELEASE) --product bench-programs
	.build/release/bench-programs

cross-check: setup
	swift build $(RELEASE) --product bench-explorer
	.build/release/bench-explorer cross-check --workloads 2000

mutants: setup
	/usr/bin/python3 Scripts/mutants.py

format: setup
	swift format --in-place --parallel --recursive $(SOURCES)

lint: setup
	swift format lint --strict --parallel --recursive $(SOURCES)
	@! git grep -nE '^(<<<<<<<|>>>>>>>) ' -- . || { echo 'lint: the lines above are marks of a merge' >&2; exit 1; }

clean:
	rm -rf .build .build-thread .build-address .build-release Benchmarks/.build reports/latest reports/vista reports/threads reports/canary reports/heap reports/exhaust reports/fault-table reports/fault-table.json reports/wild-stores.json \
		reports/bench-* reports/test-*
