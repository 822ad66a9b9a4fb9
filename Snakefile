# One rule runs any notebook. A step waits for the steps whose folders its parameters name; it runs again when its fingerprint changes.
import shlex
import sys

from lingge_nb.runs import Plan

run = config["run"]
plan = Plan(f"params/{run}")


rule all:
    input: expand("runs/{run}/{step}/run.json", run=run, step=plan.steps)


rule notebook:
    input: lambda w: [f"runs/{run}/{step}/run.json" for step in plan.after(w.step)]
    output: f"runs/{run}/{{step}}/run.json"
    log: f"runs/{run}/logs/{{step}}.log"
    params: fingerprint=lambda w: plan.fingerprint(w.step)
    threads: lambda w: plan.resources(w.step)["_cores"]
    resources:
        mem_mb=lambda w: plan.resources(w.step)["_mem_mb"],
        runtime=lambda w: plan.resources(w.step)["_minutes"],
        gpu=lambda w: plan.resources(w.step)["_gpus"],
    shell: f"{shlex.quote(sys.executable)} -c 'from lingge_nb.runs import main; main()' step params/{run}/{{wildcards.step:q}}.yaml > {{log:q}} 2>&1"
