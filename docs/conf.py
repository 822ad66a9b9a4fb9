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

sys.path.insert(0, str(Path(__file__).resolve().parent))
from pages import anchor, notebooks  # noqa: E402

project = "lingge_nb"
author = "lingge_nb maintainers"
version = release = metadata.version("lingge_nb")
extensions = ["myst_nb", "sphinx.ext.autodoc", "sphinx.ext.linkcode", "sphinx.ext.mathjax", "codelinks"]
smartquotes = False
add_module_names = False
python_use_unqualified_type_names = True
python_maximum_signature_line_length = 100
toc_object_entries_show_parents = "hide"

# notebooks: the committed outputs, Markdown as JupyterLab reads it
nb_execution_mode = "off"
nb_merge_streams = True
myst_enable_extensions = ["dollarmath", "amsmath"]
myst_heading_anchors = 4
myst_heading_slug_func = "conf.heading_anchor"

# modules
autodoc_default_options = {"members": True, "undoc-members": True, "no-value": True, "member-order": "bysource"}
autodoc_typehints = "description"
autodoc_typehints_description_target = "all"
autodoc_inherit_docstrings = False
autodoc_preserve_defaults = True

html_theme = "pydata_sphinx_theme"
html_title = "lingge_nb"
html_static_path = ["_static", str(Path(importlib.import_module("sphinx-mathjax-offline").__file__).parent / "static" / "mathjax" / "tex-svg-full.js")]
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


def syntax(
    obj: object,   # function or class
) -> tuple[ast.AST, dict[int, str]] | None:   # its definition and the comment of each line; None without a source
    try:
        source = textwrap.dedent(inspect.getsource(inspect.unwrap(obj)))
    except (TypeError, OSError):
        return None
    comments = [t for t in tokenize.generate_tokens(StringIO(source).readline) if t.type == tokenize.COMMENT]
    return ast.parse(source).body[0], {t.start[0]: t.string.lstrip("# ") for t in comments}


@lru_cache
def docments(
    function: object,
) -> dict[str, str]:   # comment of each parameter, and of the result under "return"
    definition, comments = syntax(function) or (None, {})
    if not isinstance(definition, ast.FunctionDef | ast.AsyncFunctionDef):
        return {}
    a = definition.args
    by_line = {arg.end_lineno: arg.arg for arg in (*a.posonlyargs, *a.args, a.vararg, *a.kwonlyargs, a.kwarg) if arg}
    if definition.returns:
        by_line[definition.returns.end_lineno] = "return"
    body = definition.body[0].lineno
    return {name: comments[line] for line, name in by_line.items() if line in comments and line < body}


@lru_cache
def field_comments(
    cls: type,
) -> dict[str, str]:   # comment of each annotated field of a dataclass or a named tuple
    definition, comments = syntax(cls) or (None, {})
    fields = [node for node in getattr(definition, "body", []) if isinstance(node, ast.AnnAssign)]
    return {node.target.id: comments[node.end_lineno] for node in fields if node.end_lineno in comments}


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
    "The docstring as plain text, and the comments of parameters, results and fields."
    lines[:] = [plain(line) for line in lines]
    if what == "attribute":
        owner, _, attribute = name.rpartition(".")
        module, _, cls = owner.rpartition(".")
        comment = field_comments(getattr(importlib.import_module(module), cls)).get(attribute) if module.startswith("lingge_nb") else None
        lines[:] = [plain(comment)] if comment else []
        return
    constructor = vars(obj).get("__init__") if what == "class" else obj
    comments = docments(constructor) if what in ("class", "function", "method") and callable(constructor) else {}
    lines += [""] + [f":param {parameter}: {plain(comment)}" for parameter, comment in comments.items() if parameter != "return"]
    if "return" in comments:
        lines.append(f":returns: {plain(comments['return'])}")
    lines.append("")


def setup(app):
    app.connect("autodoc-process-docstring", show_docments)
    for notebook in notebooks().values():   # once, before Sphinx starts its workers
        if notebook.module:
            importlib.import_module(notebook.module)
