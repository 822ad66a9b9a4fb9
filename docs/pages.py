"""Write the pages that Sphinx reads: the notebooks of nbs/, a page for each room, a page for each module. Nothing is listed by hand."""

import ast
import json
import re
import shutil
import sys
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
NOTEBOOKS = ROOT / "nbs"
ROOMS = {   # name of the page: numbers of its notebooks, title, what it is for
    "data": (range(0, 10), "Data", "Published files and simulated experiments to checked training sets and splits."),
    "models": (range(10, 20), "Models", "Baselines and trained models, the training engine, and the folders that they are saved in."),
    "evaluation": (range(20, 30), "Evaluation", "Metrics with intervals, and the reports that compare a model with every baseline."),
    "benchmarks": (range(30, 40), "Benchmarks", "Time and memory of single steps against other tools."),
    "core": (range(90, 99), "Core", "Files, statistics, tables, plots and runs: what every other room imports."),
    "command": (range(99, 100), "Command", "The `lingge` command."),
}


@dataclass(frozen=True)
class Notebook:
    "One notebook of nbs/, as committed."

    path: Path
    content: dict = field(repr=False, hash=False, compare=False)

    @property
    def name(self) -> str:
        return self.path.stem

    @property
    def number(self) -> int:
        return int(self.name[:2])

    @cached_property
    def title(self) -> str:
        "Raises `ValueError` for a notebook that does not begin with `# title`."
        match = re.match(r"# +(.+)", self.first)
        if not match:
            raise ValueError(f"{self.path}: the first cell has to begin with `# title`, begins with {self.first[:40]!r}")
        return match[1]

    @cached_property
    def summary(self) -> str:
        "The `> ...` below the title; empty where there is none."
        match = re.search(r"^>[^\n]*(?:\n>[^\n]*)*", self.first, re.M)
        return " ".join(line.lstrip("> ") for line in match[0].splitlines()) if match else ""

    @property
    def first(self) -> str:
        return "".join(self.content["cells"][0]["source"])

    @cached_property
    def module(self) -> str | None:
        "Full name of the module that the notebook exports; None where it exports none."
        for cell in self.content["cells"]:
            match = re.search(r"^#\| *default_exp +(\S+)", "".join(cell["source"]), re.M)
            if match and cell["cell_type"] == "code":
                return f"lingge_nb.{match[1]}"
        return None

    @cached_property
    def definitions(self) -> set[str]:
        "Names that the exported cells define."
        exported = [cell for cell in self.content["cells"] if is_exported(cell)]
        return {name for cell in exported for name in defined_names(cell)}


def is_exported(
    cell: dict,  # of a notebook
) -> bool:
    return cell["cell_type"] == "code" and bool(re.search(r"^#\| *exporti?\b", "".join(cell["source"]), re.M))


def defined_names(
    cell: dict,    # an exported code cell
) -> list[str]:    # functions, classes and constants, in order
    names = []
    for node in ast.parse("".join(cell["source"])).body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            names.append(node.name)
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            names += [leaf.id for target in targets for leaf in ast.walk(target) if isinstance(leaf, ast.Name)]
    return names


@lru_cache
def notebooks() -> dict[str, Notebook]:   # numbered notebooks by name, in order
    paths = sorted(NOTEBOOKS.glob("[0-9][0-9]_*.ipynb"))
    return {path.stem: Notebook(path, json.loads(path.read_text())) for path in paths}


def room_of(
    notebook: Notebook,
) -> str:
    "Raises `ValueError` for a number that belongs to no room."
    for room, (numbers, _, _) in ROOMS.items():
        if notebook.number in numbers:
            return room
    raise ValueError(f"{notebook.path.name}: no room has the number {notebook.number}; rooms are in {Path(__file__).name}")


def site_links(
    text: str,   # Markdown of a cell
) -> str:
    "Links and names of notebooks become links of the site; links to other files of the repository become plain text."
    def link(match: re.Match) -> str:
        label, path, anchor = match[1], match[2], match[3] or ""
        if "://" in path or path.startswith("mailto:") or not path:
            return match[0]
        if path.endswith(".ipynb"):
            return f"[{label}]({Path(path).name}{anchor})"
        return label if any((folder / path).exists() for folder in (NOTEBOOKS, ROOT)) else match[0]

    def name(match: re.Match) -> str:
        return f"[{match[0]}]({match[1]}.ipynb)" if match[1] in notebooks() else match[0]

    pieces = re.split(r"(^```.*?^```|\$\$.*?\$\$)", text, flags=re.M | re.S)
    for i in range(0, len(pieces), 2):
        pieces[i] = re.sub(r"(?<!!)\[([^][]*)\]\(([^)\s#]*)(#[^)\s]*)?\)", link, pieces[i])
        pieces[i] = re.sub(r"(?<![`\[])`(\d\d_\w+)`(?![`\]])", name, pieces[i])
    return "".join(pieces)


def markdown(
    text: str,
    cell_id: str,
) -> dict:
    return {"cell_type": "markdown", "id": cell_id, "metadata": {}, "source": text}


def code_cells(
    notebook: Notebook,
    cell: dict,           # a code cell
) -> list[dict]:          # what the site shows of it: anchors of its definitions, and the cell without nbdev's directives; nothing for a hidden one
    source = "".join(cell["source"])
    shown = re.sub(r"^#\|.*\n?", "", source, flags=re.M).strip("\n")
    if not shown or re.search(r"^#\| *hide\b", source, re.M):
        return []
    metadata = dict(cell["metadata"])
    if "check" in metadata.get("tags", []):
        metadata |= {"tags": [*metadata["tags"], "hide-cell"], "mystnb": {"code_prompt_show": "Check", "code_prompt_hide": "Check"}}
    shown_cell = {**cell, "metadata": metadata, "source": shown}
    anchors = [f'<span id="{anchor(name)}"></span>' for name in defined_names(cell)] if is_exported(cell) else []
    return [markdown("\n".join(anchors), f"{cell['id']}-names"), shown_cell] if anchors else [shown_cell]


def anchor(
    name: str,   # function, class or constant
) -> str:        # id of its cell on the page of the notebook
    return f"code-{name}"


def page(
    notebook: Notebook,
) -> dict:               # the notebook of the site
    cells = []
    for cell in notebook.content["cells"]:
        cells += [{**cell, "source": site_links("".join(cell["source"]))}] if cell["cell_type"] == "markdown" else code_cells(notebook, cell)
    if notebook.module:
        cells.insert(1, markdown(f"Module: [`{notebook.module}`](api/{notebook.module}.rst)", "module"))
    return {**notebook.content, "cells": cells}


def toctree(
    entries: list[str],   # as Sphinx reads them
    options: str = "",    # further lines
) -> str:
    return "\n".join(["```{toctree}", ":hidden:", *options.splitlines(), "", *entries, "```"])


def room_page(
    room: str,
) -> str:      # Markdown: the notebooks of the room and what each is for
    _, title, purpose = ROOMS[room]
    members = [n for n in notebooks().values() if room_of(n) == room]
    rows = [f"| [`{n.name}`]({n.name}.ipynb) | {site_links(n.summary or n.title)} |" for n in members]
    table = "\n".join(["| notebook | |", "|---|---|", *rows])
    return f"# {title}\n\n{purpose}\n\n{table}\n\n" + toctree([f"{n.name[:2]} {n.title} <{n.name}>" for n in members]) + "\n"


def module_page(
    notebook: Notebook,
) -> str:                # reStructuredText
    name = notebook.module.removeprefix("lingge_nb.")
    title = f"{name}\n{'=' * len(name)}\n"
    return f"{title}\nNotebook: :doc:`{notebook.name} </{notebook.name}>`\n\n.. automodule:: {notebook.module}\n   :members:\n   :undoc-members:\n"


def api_page() -> str:   # Markdown: every module, in order of the rooms
    text = "# API\n\nEvery public name of the package, by module. A notebook is the source of each; `[source]` opens the cell.\n"
    for room, (_, title, _) in ROOMS.items():
        members = [n for n in notebooks().values() if room_of(n) == room and n.module]
        rows = [f"| [`{n.module}`](api/{n.module}.rst) | {site_links(n.summary or n.title)} |" for n in members]
        if members:
            text += "\n".join([f"\n## {title}\n", "| module | |", "|---|---|", *rows, "", ""])
            text += toctree([f"{n.module.removeprefix('lingge_nb.')} <api/{n.module}>" for n in members], f":caption: {title}") + "\n"
    return text


def title_page() -> dict:   # nbs/index.ipynb, with the navigation
    content = json.loads((NOTEBOOKS / "index.ipynb").read_text())
    cells = [{**cell, "source": site_links("".join(cell["source"]))} for cell in content["cells"] if cell["cell_type"] == "markdown"]
    return {**content, "cells": [*cells, markdown(toctree([*used_rooms(), "api"]), "navigation")]}


def used_rooms() -> list[str]:   # rooms that have a notebook
    present = {room_of(n) for n in notebooks().values()}
    return [room for room in ROOMS if room in present]


def write_pages(
    folder: Path,   # created anew
):
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "api").mkdir(parents=True)
    (folder / "index.ipynb").write_text(json.dumps(title_page()))
    (folder / "api.md").write_text(api_page())
    for room in used_rooms():
        (folder / f"{room}.md").write_text(room_page(room))
    for notebook in notebooks().values():
        (folder / notebook.path.name).write_text(json.dumps(page(notebook)))
        if notebook.module:
            (folder / "api" / f"{notebook.module}.rst").write_text(module_page(notebook))


if __name__ == "__main__":
    write_pages(Path(sys.argv[1]))
