"""Each notebook is one test: nbdev's test function in a separate process, two processes at a time."""
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

CODE = """
import sys
from pathlib import Path
from nbdev.config import get_config
from nbdev.test import test_nb
flags = get_config().tst_flags.split()
passed, seconds = test_nb(Path(sys.argv[1]), skip_flags=flags, basepath=get_config().config_path)
sys.exit(not passed)
"""
ONE_THREAD = {name: "1" for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")}
workers = ThreadPoolExecutor(2)
collect_ignore = ["slurm_test.py"]   # it may install and start Slurm; only make slurm-test runs it


def pytest_collect_file(file_path, parent):
    if file_path.suffix == ".ipynb" and file_path.parent.name == "nbs":
        return Notebook.from_parent(parent, path=file_path)


def pytest_collection_finish(session):
    """Queue the processes of all notebooks; each test then waits for its own."""
    if session.config.option.collectonly:
        return
    for item in session.items:
        if isinstance(item, NotebookTest):
            item.running = workers.submit(item.execute)


class Notebook(pytest.File):
    def collect(self):
        yield NotebookTest.from_parent(self, name="runs top to bottom")


class NotebookTest(pytest.Item):
    def execute(self):
        command = [sys.executable, "-W", "ignore::SyntaxWarning", "-c", CODE, str(self.path)]
        return subprocess.run(command, cwd=Path(__file__).parent, env=os.environ | ONE_THREAD, capture_output=True, text=True)

    def runtest(self):
        done = self.running.result()
        if done.returncode:
            pytest.fail(f"{done.stdout[-2000:]}\n{done.stderr[-6000:]}", pytrace=False)

    def reportinfo(self):
        return self.path, None, self.path.stem
