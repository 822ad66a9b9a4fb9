# make demo: all steps on simulated data. make test: every notebook. Both create the environment that they need.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
CORES ?= $(shell nproc)
NB ?= $(wildcard nbs/*.ipynb)

.PHONY: demo test lab export lint docs outputs slurm-test clean

demo: $(VENV)/installed
	$(BIN)/lingge run params/demo --cores $(CORES)
	$(BIN)/lingge verify runs/demo
	@echo; head -2 runs/demo/21_forward/report.md; echo "open runs/demo/21_forward/report.html, or the notebooks: $(BIN)/jupyter lab runs/demo"

test: $(VENV)/installed
	$(BIN)/python -m pytest -q --no-header

lab: $(VENV)/installed
	$(BIN)/jupyter lab --notebook-dir=.

export: $(VENV)/installed   ## nbs/ -> lingge_nb/ and README.md
	$(BIN)/nbdev_clean
	$(BIN)/nbdev_export
	$(BIN)/jupyter nbconvert --log-level=WARN --to markdown nbs/index.ipynb --output-dir=. --output=README

lint: $(VENV)/installed   ## style, and the direction of imports
	$(BIN)/ruff check .
	$(BIN)/lint-imports

outputs: $(VENV)/installed   ## execute notebooks in place, to update their committed outputs (NB="nbs/X.ipynb": some of them)
	cd nbs && for nb in $(notdir $(NB)); do TQDM_DISABLE=1 ../$(BIN)/jupyter nbconvert --log-level=ERROR --to notebook --execute --inplace --ExecutePreprocessor.store_widget_state=False $$nb || exit 1; done
	$(BIN)/nbdev_clean

docs: $(VENV)/installed   ## the site: _docs/html/index.html, from the notebooks as committed
	rm -rf _docs
	$(BIN)/python docs/pages.py _docs/pages
	$(BIN)/sphinx-build -q -W --keep-going -j auto -c docs -d _docs/doctrees _docs/pages _docs/html
	$(BIN)/python docs/links.py _docs/html

slurm-test: $(VENV)/installed   ## the demo as Slurm jobs; where no Slurm is running, root on Debian installs and starts one
	$(BIN)/pip install -q --disable-pip-version-check -c constraints.txt -e ".[slurm]"
	$(BIN)/python -m pytest -q --no-header slurm_test.py

# torch first, with pip, whose configuration may select a CPU build. Then the other requirements with uv, which is faster, or with pip if uv fails.
$(VENV)/installed: constraints.txt settings.ini setup.py
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install -q --disable-pip-version-check -c constraints.txt torch==2.13.0
	$(BIN)/pip install -q --disable-pip-version-check -c constraints.txt uv && \
		$(BIN)/uv pip install -q --python $(BIN)/python --compile-bytecode -c constraints.txt -e ".[dev]" || \
		$(BIN)/pip install -q --disable-pip-version-check -c constraints.txt -e ".[dev]"
	touch $@

clean:
	rm -rf $(VENV) .snakemake _docs _proc
