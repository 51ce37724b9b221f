"""The card in a real JupyterLab, in headless Chromium, light and dark."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.selfcheck.kit import done, mini_kit
from tests.selfcheck.work import ROOT

pytestmark = pytest.mark.kernel

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or ""
OPTIONS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip
THEMES = {"hell": "JupyterLab Light", "dunkel": "JupyterLab Dark"}


def add_cells(work: Path) -> None:
    """The extension at the top, a check under the first task, the questions at the end."""
    path = work / "uebung.ipynb"
    tree = json.loads(path.read_text("utf-8"))

    def code(name: str, source: str) -> dict:
        return {
            "cell_type": "code", "id": name, "metadata": {}, "source": source,
            "outputs": [], "execution_count": None,
        }  # fmt: skip

    cells = [code("laden", "%load_ext grader"), *tree["cells"]]
    place = next(i for i, c in enumerate(cells) if c["id"] == "a-mean")
    cells[place + 1 : place + 1] = [code("pruefen", "%check 1a")]
    cells.append(code("fragen", "mittelwert = 'neu belegt'\n%check fragen"))
    path.write_text(json.dumps({**tree, "cells": cells}), encoding="utf-8")


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """A running JupyterLab in a group's folder: its address and its settings' folder."""
    if not CHROMIUM:
        pytest.skip("no Chromium")
    pytest.importorskip("jupyterlab")
    folder = tmp_path_factory.mktemp("lab")
    work = done(mini_kit(folder / "Übung"))
    add_cells(work)
    (work / "kontrollfragen.md").write_text("## 1. Was?\n", encoding="utf-8")
    env = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "JUPYTER_CONFIG_DIR": str(folder / "config"),
        "JUPYTER_RUNTIME_DIR": str(folder / "runtime"),
        "JUPYTERLAB_SETTINGS_DIR": str(folder / "settings"),
        "JUPYTERLAB_WORKSPACES_DIR": str(folder / "workspaces"),
        "IPYTHONDIR": str(folder / "ipython"),
    }
    command = [
        sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", "--port=0",
        "--ip=127.0.0.1", "--IdentityProvider.token=", f"--ServerApp.root_dir={work}",
    ]  # fmt: skip
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen(command, env=env, cwd=work, stdout=log, stderr=log)
    try:
        yield _address(folder / "runtime", server), folder / "settings"
    finally:
        # Twice: the first signal asks whether one is sure.
        server.terminate()
        try:
            server.wait(timeout=20)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


def _address(runtime: Path, server: subprocess.Popen[bytes]) -> str:
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline and server.poll() is None:
        for path in runtime.glob("jpserver-*.json"):
            text = path.read_text("utf-8")
            if text.endswith("}"):
                return str(json.loads(text)["url"])
        time.sleep(0.2)
    raise RuntimeError("JupyterLab did not start")


def test_the_card_in_a_real_jupyterlab(lab: tuple[str, Path], tmp_path: Path) -> None:
    """Pictures go into the folder that ``GRADER_PICTURES`` names, to be looked at."""
    from playwright.sync_api import sync_playwright

    address, settings = lab
    pictures = Path(os.environ.get("GRADER_PICTURES", tmp_path))
    colours = {}
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=OPTIONS)
        for name, theme in THEMES.items():
            place = settings / "@jupyterlab" / "apputils-extension"
            place.mkdir(parents=True, exist_ok=True)
            raw = json.dumps({"theme": theme})
            (place / "themes.jupyterlab-settings").write_text(raw, encoding="utf-8")
            quiet = json.dumps({"fetchNews": "false"})
            (place / "notification.jupyterlab-settings").write_text(quiet, encoding="utf-8")
            page = browser.new_page(viewport={"width": 1100, "height": 1000}, locale="de-DE")
            page.set_default_timeout(120_000)
            page.goto(f"{address}lab/tree/uebung.ipynb?reset")
            page.locator(".jp-NotebookPanel .jp-Cell").first.wait_for()
            page.get_by_text("Python 3 (ipykernel) | Idle").wait_for()
            page.get_by_role("menuitem", name="Run", exact=True).click()
            page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
            cards = page.locator(".jp-OutputArea-output div[role=group]")
            page.get_by_text("Selbsttest · Kontrollfragen").wait_for()
            first = cards.first.inner_text()
            assert "Selbsttest · Aufgabe 1a: Mittelwert" in first
            assert "Mittelwert: eine Zahl." in first
            assert "Frage 1 ist leer." in cards.last.inner_text()
            # Ink and paper are the host's, whatever its theme.
            script = "e => [getComputedStyle(e).color, getComputedStyle(e).backgroundColor]"
            colours[name] = cards.first.evaluate(script)
            page.screenshot(path=pictures / f"jupyterlab-{name}.png")
            page.close()
        browser.close()
    assert colours["hell"][0] != colours["dunkel"][0]
    assert {paper for _, paper in colours.values()} == {"rgba(0, 0, 0, 0)"}
