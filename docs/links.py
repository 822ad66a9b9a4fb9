"""Check a built site: every local link, image, script and style sheet exists, with its anchor, and nothing is loaded from another server."""

import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit


class Page(HTMLParser):
    "Ids and references of one page."

    def __init__(self, path: Path):
        super().__init__()
        self.ids, self.references = set(), []
        self.feed(path.read_text())

    def handle_starttag(self, tag: str, attrs: list):
        attributes = dict(attrs)
        self.ids |= {attributes[name] for name in ("id", "name") if attributes.get(name)}
        self.references += [(tag, attributes[name]) for name in ("href", "src") if attributes.get(name)]


def broken(
    site: Path,   # folder with index.html
) -> list[str]:   # one message for each reference that fails
    pages = {path: Page(path) for path in sorted(site.rglob("*.html")) if "_static" not in path.parts}
    messages = []
    for path, page in pages.items():
        for tag, reference in page.references:
            url = urlsplit(reference)
            target = (path.parent / unquote(url.path)).resolve() if url.path else path
            if url.scheme == "data" or (tag == "a" and (url.scheme or url.netloc)):
                continue
            if url.scheme or url.netloc:
                problem = "is loaded from another server"
            elif not target.is_file():
                problem = "does not exist"
            elif url.fragment and target in pages and unquote(url.fragment) not in pages[target].ids:
                problem = "has no such anchor"
            else:
                continue
            messages.append(f"{path.relative_to(site)}: {reference} {problem}")
    return messages


if __name__ == "__main__":
    folder = Path(sys.argv[1]).resolve()
    messages = broken(folder)
    print("\n".join(messages) or f"{folder}: no broken links")
    sys.exit(bool(messages))
