# One rule executes any notebook. A step waits for the steps whose folders its parameters name; lingge_nb.core.runs decides which steps are out of date.
import os
import shlex
import sys

from lingge_nb.core.runs import POOLS, Plan

run = config["run"]
plan = Plan(f"params/{run}")
command = f"{shlex.quote(sys.executable)} -m lingge_nb.cli step"
user_settings = " ".join(f"{name}={shlex.quote(os.environ[name])}" for name in POOLS if name in os.environ)   # set by the user; Snakemake would overwrite them


rule all:
    input: expand("runs/{run}/{step}/run.json", run=run, step=plan.steps)


rule notebook:
    input: lambda w: [f"runs/{run}/{step}/run.json" for step in plan.after(w.step)]
    output: f"runs/{run}/{{step}}/run.json"
    log: f"runs/{run}/logs/{{step}}.log"
    threads: lambda w: plan.resources(w.step)["_cores"]
    resources:
        mem_mb=lambda w: plan.resources(w.step)["_mem_mb"],
        runtime=lambda w: plan.resources(w.step)["_minutes"],
        gpu=lambda w: plan.resources(w.step)["_gpus"],
    shell: f"{user_settings} {command} params/{run}/{{wildcards.step:q}}.yaml > {{log:q}} 2>&1"
