"""Sphinx configuration of the site. `make docs` writes its pages with pages.py, then builds them."""

import ast
import importlib
import inspect
import re
import sys
import textwrap
import tokenize
from functools import lru_cache
from importlib import metadata
from io import StringIO
from pathlib import Path

from sphinx.pycode import ModuleAnalyzer

sys.path.insert(0, str(Path(__file__).resolve().parent))
from pages import anchor, notebooks  # noqa: E402

MATHJAX = Path(importlib.import_module("sphinx-mathjax-offline").__file__).parent / "static" / "mathjax"

project = "lingge_nb"
author = "lingge_nb maintainers"
version = release = metadata.version("lingge_nb")
extensions = ["myst_nb", "sphinx.ext.autodoc", "sphinx.ext.linkcode", "sphinx.ext.mathjax", "codelinks"]
smartquotes_action = "D"   # the dash between a parameter and its comment
add_module_names = False
python_use_unqualified_type_names = True
python_maximum_signature_line_length = 100
toc_object_entries_show_parents = "hide"

# notebooks: the committed outputs, Markdown as JupyterLab reads it
nb_execution_mode = "off"
nb_merge_streams = True
nb_render_markdown_format = "myst"
myst_enable_extensions = ["dollarmath", "amsmath"]
myst_heading_anchors = 4
myst_heading_slug_func = "conf.heading_anchor"

# modules
autodoc_member_order = "bysource"
autodoc_typehints = "description"
autodoc_typehints_description_target = "documented_params"
autodoc_inherit_docstrings = False
autodoc_preserve_defaults = True

html_theme = "pydata_sphinx_theme"
html_title = "lingge_nb"
html_static_path = ["_static", str(MATHJAX / "tex-svg-full.js")]
html_css_files = ["lingge.css"]
html_copy_source = False
html_theme_options = {
    "show_prev_next": True,
    "navbar_align": "left",
    "header_links_before_dropdown": 8,
    "navigation_depth": 2,
    "show_toc_level": 1,
    "pygments_light_style": "a11y-high-contrast-light",
    "pygments_dark_style": "a11y-high-contrast-dark",
    "footer_start": [],
    "footer_end": [],
}
mathjax_path = "tex-svg-full.js"


def heading_anchor(
    title: str,
) -> str:        # as JupyterLab writes it
    return title.replace(" ", "-")


def linkcode_resolve(
    domain: str,
    info: dict,      # module, fullname
) -> str | None:     # the cell of the notebook, seen from the page of the module
    name = info["fullname"].split(".")[0]
    for notebook in notebooks().values():
        if notebook.module == info["module"] and name in notebook.definitions:
            return f"../{notebook.name}.html#{anchor(name)}"
    return None


def comments_of(
    source: str,
) -> dict[int, str]:   # comment of each line that has one
    tokens = tokenize.generate_tokens(StringIO(source).readline)
    return {t.start[0]: t.string.lstrip("# ") for t in tokens if t.type == tokenize.COMMENT}


@lru_cache
def docments(
    function: object,
) -> dict[str, str]:   # comment of each parameter, empty without one, and of the result under "return"
    try:
        source = textwrap.dedent(inspect.getsource(inspect.unwrap(function)))
        definition, comments = ast.parse(source).body[0], comments_of(source)
    except (TypeError, OSError):   # not written in Python
        return {}
    if not isinstance(definition, ast.FunctionDef | ast.AsyncFunctionDef):
        return {}
    a = definition.args
    parameters = [p for p in (*a.posonlyargs, *a.args, a.vararg, *a.kwonlyargs, a.kwarg) if p and p.arg not in ("self", "cls")]
    ends = {p.end_lineno: p.arg for p in parameters}   # a comment is about the last parameter of its line
    if definition.returns:
        ends[definition.returns.end_lineno] = "return"
    noted = {name: comments[line] for line, name in ends.items() if line in comments and line < definition.body[0].lineno}
    return {p.arg: "" for p in parameters} | noted


def note_comments(
    module: str,   # full name
):
    "Comments of constants and of the fields of classes, where autodoc looks for them."
    analyzer = ModuleAnalyzer.for_module(module)
    analyzer.analyze()
    comments = comments_of(analyzer.code)
    tree = ast.parse(analyzer.code)
    for owner, body in [("", tree.body), *((node.name, node.body) for node in tree.body if isinstance(node, ast.ClassDef))]:
        for node in body:
            target = node.target if isinstance(node, ast.AnnAssign) else node.targets[0] if isinstance(node, ast.Assign) else None
            if isinstance(target, ast.Name):
                short = not node.value or len(ast.get_source_segment(analyzer.code, node.value)) <= 60
                analyzer.attr_docs[owner, target.id] = [comments.get(node.end_lineno, ""), "", *([] if short else [":meta hide-value:", ""])]


def plain(
    text: str,   # of a docstring or a comment
) -> str:        # reStructuredText that shows it; `names` are links where the name is known
    pieces = re.split(r"`([^`]+)`", text)
    for i, piece in enumerate(pieces):
        if i % 2 == 0:
            pieces[i] = re.sub(r"([\\*_|<>`])", r"\\\1", piece)
        else:
            pieces[i] = rf"\ :py:obj:`{piece}`\ " if re.fullmatch(r"[A-Za-z_][\w.]*", piece) else rf"\ ``{piece}``\ "
    return "".join(pieces)


def show_docments(app, what, name, obj, options, lines):
    "The docstring as plain text, then the comments of parameters and results."
    lines[:] = [] if lines and lines[0].startswith("Alias for field number") else [plain(line) for line in lines]
    function = vars(obj).get("__init__") if what == "class" else obj
    comments = docments(function) if what in ("class", "function", "method") and inspect.isroutine(function) else {}
    lines.append("")
    lines += [f":param {parameter}: {plain(comment)}" for parameter, comment in comments.items() if parameter != "return"]
    lines += [f":returns: {plain(comments['return'])}"] if "return" in comments else []
    lines.append("")


def setup(app):
    app.connect("autodoc-process-docstring", show_docments)
    for notebook in notebooks().values():   # once, before Sphinx starts its workers
        if notebook.module:
            importlib.import_module(notebook.module)
            note_comments(notebook.module)
