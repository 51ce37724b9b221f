"""The documents are true: what they name exists, and what exists is named."""

from __future__ import annotations

import dataclasses
import re
import shlex
import subprocess
import typing
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import typer

from grader import documentation, model
from grader.checks import Check, Context
from grader.checks.rubric import _ConceptEntry, _MisconceptionEntry, _RubricEntry, load_rubric
from grader.checks.runner import run_checks
from grader.cli import app
from grader.lab import (
    CheckSpec,
    Individual,
    Kernel,
    Lab,
    Limits,
    Look,
    NotebookSpec,
    Profile,
    Release,
    ResultSpec,
    Sign,
    Slot,
    Task,
    Variant,
)
from grader.messages import PROBLEM_KINDS
from grader.protocol.document import TitlePage
from tests.checks.build import cell, side

ROOT = Path(__file__).parents[1]
ENGLISH = ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")
GERMAN = ("docs/handbuch.md", "docs/labor.md", "docs/referenz.md")
DOCUMENTS = (*ENGLISH, *GERMAN)


@cache
def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


@cache
def lab() -> Lab:
    return Lab.load(ROOT / "reference")


@cache
def commands() -> dict[str, set[str]]:
    """Options of every command, in every spelling."""
    return {
        name: {"--help", "-h"}
        | {o for p in command.params for o in (*p.opts, *p.secondary_opts) if o.startswith("-")}
        for name, command in documentation._leaves(typer.main.get_command(app))
    }


def command_of(words: list[str]) -> str:
    """Name of the command that a typed line calls: one word, or two of a group."""
    two = " ".join(words[1:3])
    return two if two in commands() else words[1]


def code(text: str) -> list[str]:
    """Spans in backticks and lines of indented or fenced blocks."""
    spans = re.findall(r"`([^`\n]+)`", text)
    return [*spans, *re.findall(r"^ {4}(.+)$", text, re.MULTILINE)]


def rows(text: str) -> list[list[str]]:
    """Cells of all table rows; ``\\|`` is no border."""
    lines = re.findall(r"^\|(.+)\|$", text, re.MULTILINE)
    return [[c.strip() for c in re.split(r"(?<!\\)\|", line)] for line in lines]


def section(text: str, heading: str) -> str:
    """Text under a heading up to the next of the same or a higher level."""
    level = heading.split(" ", 1)[0]
    found = re.search(
        rf"^{re.escape(heading)}\n(.*?)(?=^#{{1,{len(level)}}} |\Z)", text, re.S | re.M
    )
    assert found, heading
    return found[1]


# ------------------------------------------------------------------ commands and options


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_command_line_could_be_typed(name: str) -> None:
    for span in code(read(name)):
        line = span.split(" #")[0].strip()
        if not line.startswith("grader ") or line == "grader --version":
            continue
        words = shlex.split(line)
        assert command_of(words) in commands(), line
        options = {w.split("=")[0] for w in words[2:] if re.match("--?[a-z]", w)}
        assert options <= commands()[command_of(words)], line


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_option_named_alone_exists(name: str) -> None:
    known = {o for options in commands().values() for o in options} | {"--version", "--check"}
    for span in code(read(name)):
        if span.startswith("--"):
            assert span.split()[0].split("=")[0] in known, span


def test_the_manual_explains_every_command_and_option_of_grading() -> None:
    text = read("docs/handbuch.md")
    for name in commands():
        assert f"grader {name}" in text, name
    for option in commands()["grade"] - {"--help", "-h", "-j", "--protocol"}:
        assert f"`{option}" in text, option


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_make_target_exists(name: str) -> None:
    targets = set(re.findall(r"^([a-z-]+):", read("Makefile"), re.MULTILINE))
    named = [s.split()[1] for s in code(read(name)) if re.match(r"make [a-z]", s)]
    assert set(named) <= targets


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_module_that_is_run_exists(name: str) -> None:
    for module in re.findall(r"python -m ([\w.]+)", read(name)):
        path = ROOT / module.replace(".", "/")
        known = path.with_suffix(".py").is_file() or (path / "__main__.py").is_file()
        assert known or module == "pytest", module


# ------------------------------------------------------------------ checks, problems, statuses


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_check_that_is_named_exists(name: str) -> None:
    tasks = "|".join(t.id for t in lab().tasks if t.notebook)
    named = {s for s in code(read(name)) if re.fullmatch(rf"q\d+|({tasks})\.\w+", s)}
    assert named <= set(lab().checks)


def test_the_reference_page_is_current() -> None:
    text = documentation.reference_page(lab())
    assert read("docs/referenz.md") == text, "run python -m grader.documentation"


def test_the_reference_page_can_be_checked_and_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "reference").symlink_to(ROOT / "reference")
    monkeypatch.chdir(tmp_path)
    assert documentation.main(["--check"]) == 1
    assert documentation.main([]) == 0
    assert documentation.main(["--check"]) == 0
    assert (tmp_path / documentation.PAGE).read_text(encoding="utf-8") == read("docs/referenz.md")


def test_the_manual_explains_every_problem_and_no_other() -> None:
    part = section(read("docs/handbuch.md"), "## Ergebnisse lesen").split("**Probleme**")[1]
    named = [kind for row in rows(part) for kind in re.findall(r"`(\w+)`", row[0])]
    assert sorted(named) == sorted(PROBLEM_KINDS)


def test_the_manual_explains_every_status() -> None:
    part = section(read("docs/handbuch.md"), "## Ergebnisse lesen").split("**Probleme**")[0]
    named = [s for row in rows(part) for s in re.findall(r"`(\w+)`", row[0])]
    assert sorted(named) == sorted(typing.get_args(model.CheckStatus))
    assert all(f"`{s}`" in part for s in typing.get_args(model.GradeStatus))


def test_problems_that_are_made_have_a_sentence() -> None:
    made = set()
    for path in (ROOT / "grader").rglob("*.py"):
        made |= set(re.findall(r"\bproblem\(\s*\"(\w+)\"", path.read_text(encoding="utf-8")))
    assert made <= set(PROBLEM_KINDS)


def test_error_messages_quoted_in_the_manual_are_said_by_the_program() -> None:
    source = "".join(p.read_text(encoding="utf-8") for p in (ROOT / "grader").rglob("*.py"))
    source = re.sub(r"\"\s*\n\s*f?\"", "", source)
    part = section(read("docs/handbuch.md"), "## Wenn etwas nicht geht")
    quoted = re.findall(r"^\| »(.+?)«", part, re.MULTILINE)
    assert len(quoted) >= 3
    for sentence in quoted:
        for words in re.split(r"\s*…:?\s*", sentence):
            assert words in source, words


def test_profiles_of_the_manual_are_those_of_the_lab() -> None:
    part = section(read("docs/handbuch.md"), "## Profile: Keras 3 und Keras 2")
    named = [row[0].strip("`") for row in rows(part)[2:]]
    assert named == [p.name for p in lab().profiles]


# ------------------------------------------------------------------ settings of a lab

SETTINGS = {
    "### `[kernel]`": Kernel,
    "### `[profiles.NAME]`": Profile,
    "### `[limits]`": Limits,
    "### `[[notebook]]`": NotebookSpec,
    "### `[[slot]]`": Slot,
    "### `signs`": Sign,
    "### `[[task]]`": Task,
    "### `[[task.check]]`": CheckSpec,
    "### `[variant]`": Variant,
    "### `[[variant.result]]`": ResultSpec,
    "### `[[look]]`": Look,
    "### `[release]`": Release,
    "### `[individual]`": Individual,
}


def default_of(field: dataclasses.Field[Any]) -> str:
    if field.default_factory is not dataclasses.MISSING:
        return "–"
    if field.default is dataclasses.MISSING:
        return "nötig"
    if isinstance(field.default, bool):
        return "an" if field.default else "aus"
    if isinstance(field.default, int | float):
        return f"{field.default:.15g}"
    return {"": "leer"}.get(field.default, field.default) if field.default is not None else "–"


@pytest.mark.parametrize("heading", SETTINGS)
def test_settings_and_their_defaults_are_those_of_the_code(heading: str) -> None:
    found = rows(section(read("docs/labor.md"), heading))[2:]
    described = {row[0].strip("`"): row[1] for row in found}
    fields = dataclasses.fields(SETTINGS[heading])
    expected = {f.name: "–" if f.default == () else default_of(f) for f in fields}
    assert described == expected


def test_settings_without_a_class_are_those_that_the_lab_uses() -> None:
    part = section(read("docs/labor.md"), "### `[lab]`, `[data]`, `[questions]`, `[protocol]`")
    named = {name for row in rows(part)[2:] for name in re.findall(r"`(\w+\.\w+)`", row[0])}
    head = {"university", "faculty", "institute", "course", "experiment"}
    assert head <= {f.name for f in dataclasses.fields(TitlePage)}
    assert set(lab().protocol) == head
    rest = {"lab.id", "lab.title", "data.folder", "data.exclude", "questions.texts"}
    assert named == rest | {f"protocol.{h}" for h in head}


def test_settings_of_a_rubric_are_those_of_the_code() -> None:
    part = section(read("docs/labor.md"), "## Bewertungsraster")
    named = {n for row in rows(part) for n in re.findall(r"`(\w+)`", row[0])} - {"wort"}
    entries = (_RubricEntry, _ConceptEntry)
    assert named == {f for entry in entries for f in entry.__struct_fields__}
    last = part.split("Ein Denkfehler")[1].split("Eine Wendung")[0]
    fields = set(_MisconceptionEntry.__struct_fields__)
    assert fields <= set(re.findall(r"`(\w+)`", last))


# ------------------------------------------------------------------ examples


def block(text: str, needle: str) -> str:
    """The indented block that holds ``needle``, without its indentation."""
    blocks = re.findall(r"(?:^(?: {4}.*)?\n)+", text, re.MULTILINE)
    (found,) = [b for b in blocks if needle in b]
    return re.sub(r"^ {4}", "", found, flags=re.MULTILINE).strip("\n") + "\n"


def test_the_example_of_a_check_judges(tmp_path: Path) -> None:
    names: dict[str, Any] = {}
    source = block(read("docs/labor.md"), '@check("9a.square")')
    exec(compile(source, "labor.md", "exec"), names)  # noqa: S102 - our own document
    check: Check = names["square"]
    (tmp_path / "lab.toml").write_text(
        '[lab]\nid = "l"\ntitle = "L"\n[profiles.p]\n'
        '[[notebook]]\nname = "n"\ntitle = "N"\nsource = "n.py"\n'
        '[[slot]]\nid = "9a-square"\ntask = "9a"\n'
        '[[task]]\nid = "9a"\ntitle = "T"\nnotebook = "n"\n'
        '[[task.check]]\nid = "9a.square"\npoints = 2.0\ntitle = "Quadrat"\n'
    )
    small = Lab.load(tmp_path)

    def judged(*values: Any) -> tuple[str, float]:
        sides = [
            side(
                {"n": [cell("9a-square", variables={f"v{i}": v for i, v in enumerate(vs)})]},
                lab=small,
            )
            for vs in (values, ())
        ]
        reference = side({"n": [cell("9a-square", variables={"y": np.arange(4) ** 2})]}, lab=small)
        (result,) = run_checks(Context(small, sides[0], reference), {"9a.square": check})
        return result.status, result.points

    assert judged(np.array([0, 1, 4, 9])) == ("passed", 2.0)
    assert judged("text", np.array([0, 1, 4, 8])) == ("partial", 1.5)
    assert judged("text") == ("failed", 0.0)
    assert judged() == ("failed", 0.0)


def test_the_example_of_a_rubric_is_one(tmp_path: Path) -> None:
    path = tmp_path / "q6.toml"
    path.write_text(block(read("docs/labor.md"), 'title = "Frage 6"'), encoding="utf-8")
    rubric = load_rubric(path)
    assert [c.id for c in rubric.concepts] == ["ableitung"]
    assert [m.cap for m in rubric.misconceptions] == [0.25]


def test_the_example_of_a_source_builds_both_versions() -> None:
    from grader.exchange.source import released_cells

    text = block(read("docs/labor.md"), "#     notebook: notebook1")
    model_cell = released_cells(text)[-1]
    assert model_cell.slot == "1a-model"
    assert "Ihr Code" in model_cell.source_student and "Dense" not in model_cell.source_student
    assert "Dense(1" in model_cell.source_solution


def test_the_examples_of_answers_and_particulars_are_read() -> None:
    from grader.intake.answers import read_particulars, split_answers

    text = read("docs/handbuch.md")
    answers = split_answers(block(text, "## 4. Warum ist eine lineare"), 11)
    assert list(answers) == [4] and "linear ist" in answers[4]
    particulars, problems = read_particulars(block(text, "[protokoll]").encode())
    assert problems == []
    assert all(getattr(particulars, f.name) for f in dataclasses.fields(particulars))
    for heading in re.findall(r"`(#+ [^`]+)`", section(text, "## Was eine Abgabe ist")):
        assert list(split_answers(f"{heading}\nAntwort", 11)) == [4], heading


# ------------------------------------------------------------------ links, paths, cleanness


def anchor(heading: str) -> str:
    """Return the anchor that a heading gets on common forges."""
    plain = re.sub(r"[^\w\- ]", "", heading.strip().lower())
    return plain.replace(" ", "-")


@pytest.mark.parametrize("name", [*DOCUMENTS, "data/README.md"])
def test_links_lead_somewhere(name: str) -> None:
    folder = (ROOT / name).parent
    for target in re.findall(r"\]\(([^)\s]+)\)", re.sub(r"`[^`]*`", "", read(name))):
        if target.startswith("https://"):
            continue
        path, _, place = target.partition("#")
        file = folder / path if path else ROOT / name
        assert file.exists(), target
        if place:
            headings = re.findall(r"^#+ (.+)$", file.read_text(encoding="utf-8"), re.MULTILINE)
            assert place in {anchor(h) for h in headings}, target


@pytest.mark.parametrize("name", DOCUMENTS)
def test_files_and_folders_that_are_named_exist(name: str) -> None:
    places = ("grader/", "reference/", "data/", "docs/", "tests/", "submissions/", "templates/")
    for span in code(read(name)):
        for word in span.split():
            if word.startswith(places) and not set(word) & set("*<>(…'\""):
                assert (ROOT / word).exists(), word


@cache
def committed() -> dict[str, str]:
    """Text of every committed file that is text."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False)
    names = listed.stdout.decode().split("\0")[:-1]
    if not names:
        pytest.skip("not a git checkout")
    found = {}
    for name in names:
        path = ROOT / name
        if path.is_file() and path.stat().st_size < 2_000_000:
            try:
                found[name] = path.read_text(encoding="utf-8")
            except UnicodeDecodeError:
                continue
    return found


# Written in pieces, so that this file does not find itself.
FOREIGN = {
    "a path of one machine": r"(?<![\w.])/(?:home|root|Users|work|tmp)/" + r"\w",
    "a registry or its mirror": r"index[-_]url|pyp[i]\.org|python[h]osted|(?:artifactory|nexus)\.",
    "a folder outside of the project": r"\.\./shar" + "ed",
    "a note to self": r"\b(?:TO" + r"DO|FIX" + r"ME|XX" + r"X)\b",
}
# Attacks name such paths on purpose; students' notebooks hold their own notes.
ATTACKS = (
    "tests/engine/",
    "tests/evidence/",
    "tests/exchange/",
    "tests/intake/",
    "tests/protocol/",
    "submissions/",
)


@pytest.mark.parametrize("what", FOREIGN)
def test_committed_files_hold_nothing_of_a_machine(what: str) -> None:
    pattern = re.compile(FOREIGN[what])
    skipped = {"a path of one machine": ATTACKS, "a note to self": ("tests/", "submissions/")}
    without = (*skipped.get(what, ()), "tests/test_docs.py")
    found = {
        f"{name}: {match.group()}"
        for name, text in committed().items()
        if not name.startswith(without)
        for match in pattern.finditer(text)
    }
    assert found == set()


@pytest.mark.parametrize("name", GERMAN)
def test_german_documents_are_german(name: str) -> None:
    prose = re.sub(r"^ {4}.*$|`[^`]*`|\[.*?\]\(.*?\)", "", read(name), flags=re.MULTILINE)
    english = r"\b(the|and|with|which|should|note that|see also|default|required)\b"
    assert re.findall(english, prose, re.IGNORECASE) == []
    # Umlauts written out, as in "fuer" or "koennen".
    assert re.findall(r"\b(?:fuer|ueber|koenn\w*|muess\w*|waehl\w*|pruef\w*)\b", prose, re.I) == []


def test_the_licence_is_the_one_of_the_package() -> None:
    assert read("LICENSE").startswith("MIT License")
    assert 'license = "MIT"' in read("pyproject.toml")


def test_the_changelog_has_the_current_version() -> None:
    from grader import __version__

    headings = re.findall(r"^## \[([^\]]+)\]", read("CHANGELOG.md"), re.MULTILINE)
    assert headings[0] == __version__
    assert f'version = "{__version__}"' in read("pyproject.toml")
