# The two commands: `make run` cleans and deduplicates seeds/ into db/curator.db; `make test` runs every test.
PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet --quiet

.PHONY: run test schema docs clean bench-add bench-clean bench-speed bench-dedup bench-scale spark-package bench-browse screenshots train

run: .venv/installed
	$(BIN)/curator add seeds

test: .venv/installed-test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python -m pytest -n auto

# Install again only when what is installed has changed.
.venv/installed: pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "curator needs Python 3.11 or newer, found " + sys.version.split()[0] + ": run make with PYTHON=/path/to/python3.11")'
	@echo "Setting up .venv (a minute or two, once) ..."
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(PIP) install --constraint constraints.txt --editable .
	@touch $@

.venv/installed-test: .venv/installed
	@$(PIP) install --constraint constraints.txt --editable '.[test]'
	@touch $@

docs: .venv/installed
	$(BIN)/python docs/generate.py

# Quality and speed of cleaning beside the peers, in one run: make bench-clean DATA=../shared/bench
bench-clean: .venv/installed-bench
	$(BIN)/python bench/clean.py $(DATA) $(BENCH)

# Documents a CPU-second beside jusText, HTML beside trafilatura: make bench-speed DATA=../shared/bench
bench-speed: .venv/installed-bench
	$(BIN)/python bench/clean_speed.py $(DATA) $(BENCH)

# Texts to clusters beside the peers, in one run, on made-up texts.
bench-dedup: .venv/installed-bench
	$(BIN)/python bench/dedup.py $(BENCH)

# A whole corpus at once, in local processes beside Spark: make bench-scale BENCH='--documents 20000 --no-clean'
bench-scale: .venv/installed-test
	$(BIN)/python bench/scale.py $(BENCH)

# curator with all it needs, packed for the executors of a cluster: curator scale ... --archive dist/curator-env.tar.gz
# The nodes need the same Python at the same path as the one that packs (make spark-package PYTHON=/usr/bin/python3.12).
spark-package:
	rm -rf build/spark
	$(PYTHON) -m venv --copies build/spark/environment
	build/spark/environment/bin/python -m pip --disable-pip-version-check --quiet install --constraint constraints.txt '.[parquet]' 'venv-pack>=0.2'
	mkdir -p dist
	build/spark/environment/bin/venv-pack --force --quiet --prefix build/spark/environment --output dist/curator-env.tar.gz

# 100,000 made-up documents through `curator add`, twice, or N=5000 of them: time, memory, size on disk.
bench-add: .venv/installed
	$(BIN)/python bench/add.py $(if $(N),--documents $(N))

# Learn the weights of the line tagger and of the headline again (an hour, one core; needs lynx and w3m): make train DATA=../shared/bench
# Pages first: their tagger teaches that of dumps.
train: .venv/installed-train
	$(BIN)/python bench/train_tagger.py $(DATA) --html --epochs 7 --out curator/tagger/html.npz
	$(BIN)/python bench/train_tagger.py $(DATA) --epochs 6 --out curator/tagger/text.npz
	$(BIN)/python bench/train_title.py $(DATA) --out curator/facts/title.npz

.venv/installed-train: .venv/installed
	@$(PIP) install --constraint constraints.txt --editable '.[train]'
	@touch $@

# Two peers name one extra of lxml in two spellings, which pip takes from 23.3 on; Python 3.11 may bring an older one.
.venv/installed-bench: .venv/installed
	@$(PIP) install --upgrade 'pip>=23.3'
	@$(PIP) install --constraint constraints.txt --editable '.[bench]'
	@touch $@

# Seconds that every sort of page takes over 500,000 made-up articles, or over N=1000 of them.
bench-browse: .venv/installed
	$(BIN)/python bench/browse.py $(N)

# The pictures of the README; they need Chromium.
screenshots: .venv/installed-test
	$(BIN)/python tests/browser_screenshots.py

schema: .venv/installed
	$(BIN)/python -m curator.store.schema > db/schema.sql

clean:
	rm -rf .venv db/*.db db/*.db-wal db/*.db-shm
