"""Reads a finished HTML page as a browser would, for what must and must not be in it."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID = {"area", "br", "col", "hr", "img", "input", "link", "meta", "path", "use", "rect"}


@dataclass
class Page(HTMLParser):
    """Tags, addresses and visible text of a page."""

    source: str
    tags: list[str] = field(default_factory=list)
    addresses: list[str] = field(default_factory=list)
    handlers: list[str] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)
    words: list[str] = field(default_factory=list)
    styles: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._style = False
        self.feed(self.source)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self._style = tag == "style"
        for name, value in attrs:
            if name in ("src", "href", "xlink:href", "action", "data", "poster", "srcset"):
                self.addresses.append(value or "")
            if name.startswith("on"):
                self.handlers.append(name)
            if name == "id":
                self.ids.append(value or "")
            if name == "style":
                self.styles.append(value or "")

    def handle_data(self, data: str) -> None:
        (self.styles if self._style else self.words).append(data)

    def handle_endtag(self, tag: str) -> None:
        self._style = False

    @property
    def text(self) -> str:
        """Everything a person reads, on one line."""
        return " ".join(" ".join(self.words).split())


def assert_self_contained(page: Page) -> None:
    """Nothing is loaded from anywhere and nothing runs."""
    assert "script" not in page.tags
    assert page.handlers == []
    allowed = ("#", "data:")
    away = [a for a in page.addresses if not a.startswith(allowed) and not is_beside(a)]
    assert away == []
    assert not any(("url(" in s and "url(#" not in s) or "@import" in s for s in page.styles)
    assert not {"iframe", "object", "embed", "link", "base", "form"} & set(page.tags)


def is_beside(address: str) -> bool:
    """A relative address of a file in the results folder."""
    return ":" not in address and not address.startswith("/")
