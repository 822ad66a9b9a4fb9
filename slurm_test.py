"""A small version of the demo as Slurm jobs: make slurm-test. Each test continues from the one before.

If no Slurm is running, ../shared/slurm/up starts one on this machine, as root, and ../shared/slurm/down stops it. On a cluster, --basetemp has
to name a folder that all nodes share."""
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).parent
SCRIPTS = ROOT.parent / "shared/slurm"
PACKAGES = ["slurm-wlm", "slurmdbd", "munge", "mariadb-server"]
RUN = [sys.executable, "-m", "lingge_nb.cli", "run", "params/demo",
       "--executor", "slurm", "--slurm-init-seconds-before-status-checks", "5"]


def output(*command):
    "Standard output of a command; empty if it is not installed."
    return subprocess.run(command, capture_output=True, text=True).stdout if shutil.which(command[0]) else ""


@pytest.fixture(scope="session")
def slurm():
    "Use the Slurm of this machine, or start one for the tests."
    if output("sinfo", "-h"):
        yield
        return
    if os.geteuid() or not shutil.which("apt-get") or not (SCRIPTS / "up").is_file():
        pytest.skip("sinfo finds no Slurm; starting one needs root, apt-get and ../shared/slurm/up")
    if not all(map(shutil.which, ["sbatch", "slurmctld", "slurmdbd", "munged", "mariadbd"])):
        subprocess.run(["apt-get", "update", "-qq"], check=True)
        subprocess.run(["apt-get", "install", "-y", "-qq", *PACKAGES], check=True, env=os.environ | {"DEBIAN_FRONTEND": "noninteractive"})
    try:
        subprocess.run(["bash", SCRIPTS / "up"], check=True, stdout=subprocess.DEVNULL)
        with open("/etc/slurm/slurm.conf", "a") as conf:   # without cgroups: Slurm itself ends jobs that exceed their memory limit
            conf.write("JobAcctGatherParams=OverMemoryKill\n")
        subprocess.run(["scontrol", "reconfigure"], check=True)
        yield
    finally:
        subprocess.run(["bash", SCRIPTS / "down"])


def change(project, step, **values):
    "Change parameters of a step."
    file = project / f"params/demo/{step}.yaml"
    others = [text for text in file.read_text().splitlines() if text.split(":")[0] not in values]
    file.write_text("\n".join([*others, *(f"{name}: {value}" for name, value in values.items())]) + "\n")


@pytest.fixture(scope="session")
def project(slurm, tmp_path_factory):
    "A copy of the project with a smaller demo."
    folder = tmp_path_factory.mktemp("project")
    for name in ["nbs", "lingge_nb", "params/demo"]:
        shutil.copytree(ROOT / name, folder / name)
    for name in ["Snakefile", "settings.ini"]:
        shutil.copy(ROOT / name, folder)
    os.environ["PYTHONPATH"] = str(folder)   # Slurm passes it to the jobs
    change(folder, "09_simulate", phase1_rows=300, phase2_rows=200, compounds=40, cells=6)
    gctx = "runs/demo/09_simulate/{0}/{0}_Broad_LINCS_Level5_COMPZ"
    change(folder, "03_l1000_targets", phase1_gctx=gctx.format("GSE92742") + ".MODZ_n300x12328.gctx",
           phase2_gctx=gctx.format("GSE70138") + "_n200x12328_2017-03-06.gctx")
    change(folder, "11_lingge", epochs=3)
    change(folder, "21_forward", draws=50)
    return folder


def finished(project):
    "Finished steps and their times."
    return {file.parent.name: file.stat().st_mtime_ns for file in project.glob("runs/demo/*/run.json")}


def run(project, expect=0):
    "Standard error of `lingge run`, after checking its exit status."
    result = subprocess.run(RUN, cwd=project, capture_output=True, text=True)
    assert result.returncode == expect, result.stderr
    return result.stderr


def check_run(project, steps, before):
    "Run, and check that exactly these steps were executed, each as a job that Slurm reports as COMPLETED."
    jobs = re.search(r"SLURM run ID: (\S+)", run(project))[1]
    rows = output("sacct", "-X", "-n", "-P", "--name", jobs, "-o", "SubmitLine,State")
    states = dict(re.findall(r" --comment rule_notebook_wildcards_(\S+).*\|(.*)$", rows, re.M))
    assert states == dict.fromkeys(steps, "COMPLETED")
    after = finished(project)
    assert {step for step in after if after[step] != before.get(step)} == set(steps)


def test_every_step_is_a_completed_job(project):
    check_run(project, [file.stem for file in project.glob("params/demo/*.yaml")], {})


def test_a_cancelled_step_is_named_and_resumed(project):
    change(project, "11_lingge", epochs=6)
    before, until = finished(project), time.time() + 120
    running = subprocess.Popen(RUN, cwd=project, stderr=subprocess.PIPE, text=True)
    while not (project / "runs/demo/.11_lingge.ipynb").is_file() and time.time() < until:
        time.sleep(0.2)
    subprocess.run(["scancel", re.search(r"(\d+) \S+_11_lingge", output("squeue", "--me", "-h", "-o", "%i %k"))[1]], check=True)
    stderr = running.communicate()[1]
    assert running.returncode == 1 and re.search(r"(?s)lingge: 11_lingge .*CANCELLED.*log: runs/demo/logs/11_lingge.log", stderr), stderr
    assert "11_lingge" not in finished(project)
    check_run(project, ["11_lingge", "21_forward"], before)


def test_a_step_out_of_memory_is_named_and_resumed(project):
    if not re.search("OverMemoryKill|task/cgroup", output("scontrol", "show", "config")):
        pytest.skip("this Slurm does not enforce memory limits")
    before = finished(project)
    change(project, "21_forward", draws=60, _mem_mb=300)
    stderr = run(project, expect=1)
    assert re.search(r"(?is)lingge: 21_forward .*memory.*log: runs/demo/logs/21_forward.log", stderr), stderr
    assert finished(project) == {step: when for step, when in before.items() if step != "21_forward"}
    change(project, "21_forward", _mem_mb=3000)
    check_run(project, ["21_forward"], before)
