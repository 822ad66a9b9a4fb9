"""Sphinx extension: names in the code of a notebook link to the pages of the modules. Follows imports of lingge_nb, and the scopes of functions."""

import ast
import html
import re

from pages import notebooks

BLOCK = re.compile(r'(<div class="highlight-i?python3? notranslate"><div class="highlight"><pre>)(.*?)(</pre>)', re.S)


class References(ast.NodeVisitor):
    "Collects what the names of a notebook's cells refer to. Scopes hold full names; an instance of a class is its full name and `()`."

    def __init__(
        self,
        exports: dict[str, str],   # full name of each definition of the notebook
        known: set[str],           # full names that the site defines
    ):
        self.exports, self.known, self.scopes, self.links = exports, known, [dict(exports)], {}

    def of_cell(
        self,
        source: str,
    ) -> dict[tuple[int, int], tuple[str, str]]:   # (line, column) of a name: the name, its full name
        self.links = {}
        try:
            self.visit(ast.parse(source))
        except SyntaxError:   # a cell with a magic
            return {}
        lines = [line.encode() for line in source.split("\n")]
        return {(line, len(lines[line - 1][:column].decode())): link for (line, column), link in self.links.items()}

    def link(self, line: int, column: int, name: str, target: str | None):
        if target in self.known:
            self.links[line, column] = name, target

    def bind(self, name: str, target: str | None):
        if len(self.scopes) > 1 or name not in self.exports:
            self.scopes[-1][name] = target

    def full_name(self, node: ast.AST | None) -> str | None:
        if isinstance(node, ast.Name):
            return next((scope[node.id] for scope in reversed(self.scopes) if node.id in scope), None)
        if isinstance(node, ast.Constant):   # an annotation in quotes
            return self.full_name(ast.Name(node.value)) if isinstance(node.value, str) else None
        if isinstance(node, ast.Attribute):
            owner = self.full_name(node.value)
            return owner and f"{owner.removesuffix('()')}.{node.attr}"
        if isinstance(node, ast.Call):
            target = self.full_name(node.func)
            return f"{target}()" if target in self.known else None
        return None

    def visit_ImportFrom(self, node):
        if node.module:
            self.link(node.lineno, node.col_offset + len("from "), node.module, node.module)
        for alias in node.names:
            self.scopes[-1][alias.asname or alias.name] = f"{node.module}.{alias.name}"
            self.link(alias.lineno, alias.col_offset, alias.name, f"{node.module}.{alias.name}")

    def visit_Name(self, node):
        if isinstance(node.ctx, ast.Store):
            self.bind(node.id, None)
        else:
            self.link(node.lineno, node.col_offset, node.id, self.full_name(node))

    def visit_Attribute(self, node):
        self.visit(node.value)
        self.link(node.end_lineno, node.end_col_offset - len(node.attr), node.attr, self.full_name(node))

    def visit_Assign(self, node):
        value = self.full_name(node.value)
        self.generic_visit(node)
        if isinstance(node.targets[0], ast.Name):
            self.bind(node.targets[0].id, value)

    def visit_FunctionDef(self, node):
        self.link_definition(node, "def ")
        for outer in (*node.decorator_list, node.returns):
            if outer:
                self.visit(outer)
        self.visit_function(node.args, node.body)

    def visit_Lambda(self, node):
        self.visit_function(node.args, [node.body])

    def visit_function(self, args: ast.arguments, body: list[ast.AST]):
        self.visit(args)
        stored = [name.id for node in body for name in ast.walk(node) if isinstance(name, ast.Name) and isinstance(name.ctx, ast.Store)]
        parameters = [a for a in ast.walk(args) if isinstance(a, ast.arg)]
        annotated = {a.arg: self.full_name(a.annotation) for a in parameters}
        self.scopes.append(dict.fromkeys(stored) | {name: target and f"{target}()" for name, target in annotated.items()})
        for node in body:
            self.visit(node)
        self.scopes.pop()

    def visit_ClassDef(self, node):
        self.link_definition(node, "class ")
        owner = self.exports.get(node.name) if len(self.scopes) == 1 else None
        self.scopes.append({"self": owner and f"{owner}()"})
        for child in ast.iter_child_nodes(node):
            self.visit(child)
        self.scopes.pop()

    def link_definition(self, node: ast.FunctionDef | ast.ClassDef, keyword: str):
        if len(self.scopes) == 1:
            self.link(node.lineno, node.col_offset + len(keyword), node.name, self.exports.get(node.name))

    def visit_comprehension_scope(self, node):
        self.scopes.append({})
        for part in (*node.generators, *(child for child in ast.iter_child_nodes(node) if not isinstance(child, ast.comprehension))):
            self.visit(part)
        self.scopes.pop()

    visit_ListComp = visit_SetComp = visit_DictComp = visit_GeneratorExp = visit_comprehension_scope


def linked(
    block: str,                                        # highlighted code, HTML
    links: dict[tuple[int, int], tuple[str, str]],     # as of `References.of_cell`
    urls: dict[str, str],                              # by full name
) -> str:                                              # the same with links
    out, line, column = [], 1, 0
    for piece in re.split(r"(<[^>]*>)", block):
        text = "" if piece.startswith("<") else html.unescape(piece)
        name, target = links.get((line, column), (None, None))
        if text and text == name:
            piece = f'<a class="code-link" href="{urls[target]}" title="{target}">{piece}</a>'
        out.append(piece)
        line += text.count("\n")
        column = len(text) - text.rindex("\n") - 1 if "\n" in text else column + len(text)
    return "".join(out)


def link_code(app, pagename, templatename, context, doctree):
    notebook = notebooks().get(pagename)
    if not notebook or "body" not in context:
        return
    objects = app.env.domains["py"].objects
    urls = {name: f"{app.builder.get_relative_uri(pagename, entry.docname)}#{entry.node_id}" for name, entry in objects.items()}
    references = References({name: f"{notebook.module}.{name}" for name in notebook.definitions}, set(urls))

    def link(match: re.Match) -> str:
        source = html.unescape(re.sub(r"<[^>]*>", "", match[2]))
        return match[1] + linked(match[2], references.of_cell(source), urls) + match[3]

    context["body"] = BLOCK.sub(link, context["body"])


def setup(app):
    app.connect("html-page-context", link_code)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
