"""A day at the desk, for real: upload, grading with kernels, a review, release, export."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from grader.engine.wall import outer_wall_missing
from tests.dashboard.browser import assert_accessible, chromium
from tests.pocket import MINILAB, SETUP, notebook

pytestmark = [
    pytest.mark.kernel,
    pytest.mark.skipif(
        not Path("/usr/bin/chromium").exists(), reason="the system's Chromium is missing"
    ),
]
ROOT = Path(__file__).parents[2]
SHOW = 'from IPython.display import HTML, display\ndisplay(HTML("<b>fett</b><script>x</script>"))\n'
GROUPS = {
    "Gruppe Öl": ("mittelwert = werte.mean()", "Die Summe durch die Anzahl."),
    "Gruppe Uhu": (SHOW + "mittelwert = 1.0", "die Summe, durch die Anzahl"),
    "Gruppe Zoo": ("1 / 0", "Weiß nicht."),
}


def download() -> bytes:
    """What Moodle gives: a folder per group."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for number, (name, (mean, answer)) in enumerate(GROUPS.items(), start=1001):
            folder = f"{name}_{number}_assignsubmission_file_"
            text = notebook(u_setup=SETUP, a_mean=mean, b_sum="summe = werte.sum()")
            archive.writestr(f"{folder}/uebung.ipynb", text)
            archive.writestr(f"{folder}/kontrollfragen.md", f"## 1.\n{answer}\n")
    return packed.getvalue()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as made:
        yield made


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[tuple[str, str, Path]]:
    """A started ``grader serve`` with an empty gradebook: its two addresses, its results."""
    lab, out = tmp_path / "lab", tmp_path / "results"
    shutil.copytree(MINILAB, lab)
    command = [sys.executable, "-m", "grader", "serve", "--lab", str(lab), "--out", str(out)]
    command += ["--port", "0", "--jobs", "1", "--assistant"]
    command += ["--unsafe"] if outer_wall_missing() else []
    said = tmp_path / "said.txt"
    with said.open("w") as file:
        served = subprocess.Popen(command, cwd=ROOT, stdout=file, stderr=subprocess.STDOUT)
    try:
        found: list[str] = []
        while len(found) < 2:
            assert served.poll() is None, said.read_text("utf-8")
            found = re.findall(r"http://\S+", said.read_text("utf-8"))
        yield found[0], found[1], out
        served.send_signal(signal.SIGINT)
        served.wait(90)
        # Nothing of students in what the server printed.
        assert "Gruppe" not in said.read_text("utf-8")
    finally:
        served.kill()
        for order in out.glob(".gradings/*/order.json"):
            pid = json.loads(order.read_text("utf-8"))["pid"]
            if Path(f"/proc/{pid}").exists():
                os.killpg(pid, signal.SIGKILL)


def enter(browser: Browser, address: str) -> tuple[Page, str]:
    page = browser.new_page()
    page.set_default_timeout(60_000)
    page.goto(address)
    page.wait_for_url(re.compile(r"/$"))
    return page, page.url.rstrip("/")


def test_upload_grading_review_release_and_export(
    browser: Browser, desk: tuple[str, str, Path], tmp_path: Path
) -> None:
    address, assistant, out = desk
    page, url = enter(browser, address)
    expect(page.get_by_role("heading", name="Noch keine Ergebnisse")).to_be_visible()
    upload(page, url)
    grade(page, url)
    look(page, url)
    helper, _ = enter(browser, assistant)
    review(helper, url)
    finish(page, url, tmp_path)
    assert (out / "gradebook.sqlite").is_file()


def upload(page: Page, url: str) -> None:
    page.goto(f"{url}/bewerten")
    page.get_by_label("Datei").set_input_files(
        {"name": "abgaben.zip", "mimeType": "application/zip", "buffer": b"PK no archive"}
    )
    page.get_by_role("button", name="Hochladen").click()
    expect(page.get_by_text("kein lesbares .zip")).to_be_visible()
    page.goto(f"{url}/bewerten")
    page.get_by_label("Datei").set_input_files(
        {"name": "abgaben.zip", "mimeType": "application/zip", "buffer": download()}
    )
    page.get_by_role("button", name="Hochladen").click()
    expect(page.get_by_text("Übernommen: 3 Abgaben")).to_be_visible()


def grade(page: Page, url: str) -> None:
    page.get_by_label("Protokolle setzen").uncheck()
    page.get_by_role("button", name="Bewertung starten").click()
    expect(page.locator("#progress")).to_contain_text("Es läuft: Abgaben (3)")
    # A reload does not lose it, and there is no second one.
    page.reload()
    expect(page.locator("#progress")).to_contain_text("Abgaben (3)")
    if page.locator("#progress progress").count():
        expect(page.get_by_role("button", name="Bewertung starten")).to_be_disabled()
    done = page.get_by_text("Fertig: 3 Abgaben bewertet")
    expect(done).to_be_visible(timeout=480_000)
    assert_accessible(page)
    page.goto(url)
    for name in GROUPS:
        expect(page.get_by_role("row", name=name)).to_contain_text("durchsehen")
    expect(page.get_by_role("row", name="Gruppe Zoo")).to_contain_text("Fehler in Zelle")


def look(page: Page, url: str) -> None:
    page.get_by_role("link", name="Gruppe Uhu").click()
    own = page.get_by_label("Abgabe zu 1a")
    own.scroll_into_view_if_needed()
    expect(own).to_contain_text("mittelwert = 1.0")
    expect(page.get_by_label("Musterlösung zu 1a")).to_contain_text("mittelwert = werte.mean()")
    expect(own.frame_locator("iframe").locator("b")).to_have_text("fett")
    assert_accessible(page)
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("heading", level=1)).to_have_text("Gruppe Zoo")
    form = page.locator("form[aria-label^='1a.mean']")
    form.get_by_label("Punkte").fill("1")
    form.get_by_label("Kommentar").fill("Ansatz richtig")
    form.get_by_role("button", name="Speichern").click()
    expect(form).to_contain_text("von Hand")


def review(page: Page, url: str) -> None:
    page.get_by_role("link", name="Durchsicht").click()
    page.get_by_role("link", name="q1").click()
    line = page.locator(".progress-line")
    expect(line).to_contain_text("0 von 3")
    assert "Gruppe" not in page.locator("#review .answer-column").inner_text()
    while "3 von 3" not in line.inner_text():
        before = line.inner_text()
        page.keyboard.press("3")
        expect(line).not_to_have_text(before)
    expect(page.get_by_role("row", name="Gruppe Öl")).to_contain_text("1,5")
    page.goto(f"{url}/export")
    expect(page.get_by_role("link", name="Notenbuch")).to_have_count(0)


def finish(page: Page, url: str, folder: Path) -> None:
    page.goto(f"{url}/statistik")
    page.get_by_text("Kappa").first.wait_for()
    page.goto(url)
    expect(page.get_by_role("row", name="Gruppe Öl")).to_contain_text("fertig")
    page.get_by_text("Noten freigeben").first.click()
    page.get_by_role("button", name="Noten freigeben").click()
    expect(page.get_by_text("Freigegeben am")).to_be_visible()
    page.goto(f"{url}/export")
    with page.expect_download() as loaded:
        page.get_by_role("link", name="Alle Prüfungen als CSV").click()
    path = folder / "pruefungen.csv"
    loaded.value.save_as(path)
    rows = list(csv.DictReader(path.read_text("utf-8-sig").splitlines(), delimiter=";"))
    points = {(r["Abgabe"].split("_")[0], r["Prüfung"]): r["Punkte"] for r in rows}
    assert len(rows) == 9
    assert {k[1]: v for k, v in points.items() if k[0] == "Gruppe Zoo"}["1a.mean"] == "1"
    assert [v for k, v in points.items() if k[1] == "q1"] == ["1,5"] * 3
    with page.expect_download() as loaded:
        page.get_by_role("link", name="Notenbuch als JSON").click()
    loaded.value.save_as(folder / "notenbuch.json")
    assert "Ansatz richtig" in (folder / "notenbuch.json").read_text("utf-8")
