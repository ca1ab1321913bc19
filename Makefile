# Everything runs in .venv, made on first use. `make help` lists what there is.
PYTHON ?= python3
VENV = .venv
BIN = $(VENV)/bin
LINKS = webcam_digits/train webcam_digits/models

.DEFAULT_GOAL := help
.PHONY: help run test quality style package bench accuracy live soak demo card clean

help:  ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-10s%s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: $(VENV)/run  ## install and play the demo
	$(BIN)/webcam-digits --demo

test: $(VENV)/test  ## install what tests need and run them
	$(BIN)/python -m pytest --numprocesses auto --dist worksteal

quality: $(VENV)/dev  ## lint, format check, strict types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
# mypy does not see what the package puts together at run time; the links last as long as mypy runs.
	trap 'rm -f $(LINKS)' EXIT; trap 'exit 1' INT TERM; \
	for link in $(LINKS); do ln -sfn ../$${link#*/} $$link; done; \
	$(BIN)/mypy webcam_digits bench tests

style: $(VENV)/dev  ## put the format right
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

package: $(VENV)/test  ## build sdist and wheel in dist/, and try each in an empty environment
	rm -rf dist
	$(BIN)/python -m build --no-isolation >/dev/null
	for file in dist/*; do PYTHON=$(PYTHON) .ci/try $$file || exit 1; done

bench: $(VENV)/run  ## time the reader, stage by stage, and let it read rendered scenes
	$(BIN)/python bench/speed.py
	$(BIN)/python bench/scenes.py

accuracy: $(VENV)/run  ## score readings of all labelled sets: DETECTOR=FILES PEER=rapidocr SETS=NAMES THRESHOLD=P JSON=FILE EXPLAIN=FOLDER
	$(BIN)/python bench/accuracy.py $(addprefix --detector ,$(DETECTOR)) $(addprefix --peer ,$(PEER)) \
	  $(addprefix --sets ,$(SETS)) $(addprefix --threshold ,$(THRESHOLD)) $(addprefix --json ,$(JSON)) $(addprefix --explain ,$(EXPLAIN))

live: $(VENV)/run  ## hold readings over time against rendered clips with truth, and the cost of a live run
	$(BIN)/python bench/live.py
	$(BIN)/python bench/cpu.py

soak: $(VENV)/run  ## read 100,000 frames (a quarter of an hour) and watch memory, times, threads and files
	$(BIN)/python bench/soak.py

demo: $(VENV)/run  ## draw the demo clip anew
	$(BIN)/python -m webcam_digits.train.demo webcam_digits/demo.webm

card: $(VENV)/test  ## write the model card: DATA=FOLDER SEEDS="OTHER SEEDS' FILES" OTHERS="FILES"
	$(BIN)/python -m webcam_digits.train.card --data $(DATA) --model models/digits.onnx \
	  $(addprefix --seed-model ,$(SEEDS)) $(addprefix --other ,$(OTHERS)) --out models/README.md

clean:  ## remove what was built
	rm -rf $(VENV) build dist *.egg-info .mypy_cache .pytest_cache .ruff_cache $(LINKS)

# Editable: what changes in the clone counts at once.
$(VENV)/run: setup.cfg pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --editable .
	touch $@

# torch is pinned, so that tests see one version; a CPU build of it that is already in .venv stays (see the README).
$(VENV)/test: $(VENV)/run
	$(BIN)/python -m pip install --quiet torch==2.13.0
	$(BIN)/python -m pip install --quiet --editable '.[train,test]'
	touch $@

$(VENV)/dev: $(VENV)/test
	$(BIN)/python -m pip install --quiet --editable '.[train,test,dev]'
	touch $@
