# make app: install what is needed, serve the app.   make test: the same for tests, then run them all.
# A workshop: make app ADDRESS=0.0.0.0

PYTHON  ?= python3
ADDRESS ?= localhost
PORT    ?= 8501
VENV    := .venv
BIN     := $(VENV)/bin

.PHONY: app test check models clean

app: $(VENV)/app
	$(BIN)/python -m streamlit run app.py --server.address $(ADDRESS) --server.port $(PORT)

# Two processes: most tests wait for workers, servers and browsers of their own. A file's tests stay together.
test: $(VENV)/dev
	$(BIN)/python -m pytest -n 2 --dist loadfile

check: $(VENV)/dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

# Train the models that come with the project again.
models: $(VENV)/app
	$(BIN)/python -m mnist_core train dense-512 --save models/dense
	$(BIN)/python -m mnist_core train fast --save models/cnn
	$(BIN)/python -m mnist_core train best --save models/best

$(VENV)/app: requirements.txt
	$(PYTHON) -c 'import sys; sys.exit(0 if (3, 10) <= sys.version_info[:2] <= (3, 13) else "Digit Lab needs Python 3.10 to 3.13; this is " + sys.version.split()[0] + ". Try: make app PYTHON=python3.12")'
	$(PYTHON) -c 'import platform, sys; sys.exit("There is no TensorFlow for Macs with Intel processors any more, nor for Python in Rosetta." if (sys.platform, platform.machine()) == ("darwin", "x86_64") else 0)'
	$(BIN)/python -m pip --version >/dev/null 2>&1 || $(PYTHON) -m venv --clear $(VENV)
	$(BIN)/python -m pip install --disable-pip-version-check -q -r requirements.txt
	$(BIN)/python -m compileall -q app.py pages mnist_core
	touch $@

$(VENV)/dev: $(VENV)/app requirements-dev.txt
	$(BIN)/python -m pip install --disable-pip-version-check -q -r requirements-dev.txt
	$(BIN)/python tests/find_browser.py
	touch $@

clean:
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache
