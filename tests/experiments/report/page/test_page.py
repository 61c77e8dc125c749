"""The page in a real browser: what the reader does, and what must never happen."""

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from linksim.experiments.report.page.page import render

from ...made_results import made_up

BROWSER = next(
    filter(None, map(shutil.which, ("chromium", "google-chrome", "chromium-browser"))), None
)
FLAGS = (
    "--no-sandbox --disable-gpu --disable-background-networking --disable-component-update "
    "--disable-sync --no-first-run"
).split()
SLOW = 180_000  # milliseconds; a busy machine is no failure
HOSTILE = "</script><img src=http://example.org/x onerror=document.title='owned'><b>bold</b>"

pytestmark = pytest.mark.skipif(
    BROWSER is None, reason="no Chromium: apt-get install chromium, or put google-chrome on PATH"
)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=BROWSER, args=FLAGS, timeout=SLOW)
        yield opened
        opened.close()


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    hostile = made_up(1, "jpeg2000", answer=HOSTILE)
    hostile = replace(hostile, attributes=hostile.attributes | {"command": f"linksim {HOSTILE}"})
    path = tmp_path_factory.mktemp("page") / "page.html"
    path.write_text(render({"uo_isc": made_up(0), HOSTILE: hostile}), encoding="utf-8")
    return path


@pytest.fixture(params=["desktop-light", "phone-dark"])
def page(browser: Browser, file: Path, request: pytest.FixtureRequest) -> Iterator[Page]:
    """Show the page; fail if anything is fetched, logged or raised."""
    size, scheme = request.param.split("-")
    width, height = (1280, 900) if size == "desktop" else (360, 740)
    context = browser.new_context(
        viewport={"width": width, "height": height},
        color_scheme=scheme,
        permissions=["clipboard-read", "clipboard-write"],
    )
    context.set_default_timeout(SLOW)
    opened, wrong = context.new_page(), []
    opened.on("console", lambda message: wrong.append(message.text))
    opened.on("pageerror", lambda error: wrong.append(str(error)))
    opened.on("request", lambda sent: wrong.append(sent.url) if not _ours(sent.url, file) else None)
    opened.goto(file.as_uri(), timeout=SLOW)
    opened.wait_for_selector(".curve")
    yield opened
    assert wrong == []
    context.close()


def _ours(address: str, file: Path) -> bool:
    return address.startswith("data:") or address.split("#")[0] == file.as_uri()


def received(page: Page) -> list[str]:
    return page.locator("figure[data-sweep] img").evaluate_all("all => all.map(i => i.src)")


def test_slider_and_keys_move_pictures_answers_and_readings(page: Page) -> None:
    slider, now = page.locator("#snr"), page.locator("#snr-now")
    slider.fill("0")
    assert now.inner_text() == "0 dB"
    low = received(page)
    answer = page.locator("figure[data-sweep='0'] .answer").first
    assert answer.get_attribute("class") == "answer wrong"
    assert answer.inner_text().startswith("✗ blue")
    readings = page.locator(".now").all_inner_texts()
    slider.focus()
    page.keyboard.press("End")
    assert now.inner_text() == "10 dB"
    assert slider.get_attribute("aria-valuetext") == "10 dB"
    assert all(a != b for a, b in zip(low, received(page), strict=True))
    assert answer.get_attribute("class") == "answer right"
    assert answer.inner_text().startswith("✓ red")
    assert page.locator(".now").all_inner_texts() != readings
    originals = page.locator("figure:not([data-sweep]) img")
    assert set(received(page)) == set(originals.evaluate_all("all => all.map(i => i.src)"))
    page.locator("[data-metric='ber']").focus()
    page.keyboard.press("ArrowLeft")
    assert now.inner_text() == "5 dB"
    page.locator("#lower").press("Enter")
    assert now.inner_text() == "0 dB"
    assert page.locator("#lower").is_disabled()
    assert received(page) == low


def test_sweeps_are_switched_off_and_on_by_the_keyboard(page: Page) -> None:
    panel = page.locator("[data-metric='answer_match']")
    button = page.locator("#legend button").first
    assert panel.locator(".curve").count() == 2
    button.press("Space")
    assert button.get_attribute("aria-pressed") == "false"
    assert panel.locator(".curve").count() == 1
    assert panel.locator(".curve[data-sweep='0']").count() == 0
    assert not page.locator("figure[data-sweep='0']").first.is_visible()
    button.press("Enter")
    assert panel.locator(".curve").count() == 2
    assert page.locator("figure[data-sweep='0']").first.is_visible()


def test_pointing_at_a_curve_reads_it_and_a_click_moves_there(page: Page) -> None:
    page.locator("#snr").fill("0")
    panel = page.locator("[data-metric='answer_match']")
    chart = panel.locator("svg.chart")
    chart.scroll_into_view_if_needed()
    box = chart.bounding_box()
    assert box is not None
    place = {"x": box["width"] - 14, "y": box["height"] / 2}
    chart.hover(position=place)
    assert panel.locator(".at").inner_text() == "at 10 dB"
    assert panel.locator(".now li").nth(1).inner_text().split("\n")[-2:] == ["1", "[0.478, 1]"]
    assert page.locator("#snr-now").inner_text() == "0 dB"
    chart.click(position=place)
    assert page.locator("#snr-now").inner_text() == "10 dB"


def test_curves_are_drawn_where_their_values_are(page: Page) -> None:
    page.locator("#snr").fill("2")
    panel = page.locator("[data-metric='ber']")
    assert panel.locator("svg text").filter(has_text="Es/N0 (dB)").count() == 1
    assert panel.locator(".curve .band").count() == 2
    assert panel.locator(".hollowmark").count() == 2
    line = panel.locator(".curve[data-sweep='0'] .line").get_attribute("d") or ""
    heights = [float(part.split()[1]) for part in line[1:].split("L")]
    assert len(heights) == 2
    assert heights[0] < heights[1]  # downwards on the screen: fewer errors


def test_a_command_is_copied_as_it_stands(page: Page) -> None:
    button = page.locator(".command button").first
    button.press("Enter")
    page.locator("#said", has_text="Command copied").wait_for(state="attached")
    assert page.evaluate("navigator.clipboard.readText()") == "linksim sweep --codec uo_isc"


def test_hostile_text_is_shown_as_text(page: Page) -> None:
    page.locator("#snr").fill("0")
    assert page.title().startswith("uo_isc, </script><img")
    assert page.locator("b").count() == 0
    assert page.locator("img:not([src^='data:image/png'])").count() == 0
    assert HOSTILE in page.locator("figure[data-sweep='1'] .answer").first.inner_text()
    assert page.locator(".command pre").nth(1).inner_text() == f"linksim {HOSTILE}"


def test_nothing_sticks_out_sideways_and_tables_hold_all_values(page: Page) -> None:
    page.locator("summary").click()
    width, shown = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    assert width <= shown
    rows = page.locator("details table").first.locator("tbody tr")
    assert rows.count() == 3
    assert rows.last.locator("td").first.inner_text() == "1 [0.478, 1]"


def test_the_keyboard_reaches_everything_and_shows_where_it_is(page: Page) -> None:
    reached = []
    for _ in range(80):
        page.keyboard.press("Tab")
        reached.append(
            page.evaluate(
                "(() => { const e = document.activeElement; const s = getComputedStyle(e);"
                "return [e.id || e.className || e.tagName, parseFloat(s.outlineWidth)]; })()"
            )
        )
        if reached[-1][0] == "BODY":
            break
    names = [name for name, _ in reached]
    for wanted in ("skip", "snr", "higher", "BUTTON", "panel", "SUMMARY", "PRE"):
        assert wanted in names, wanted
    assert names.count("panel") == page.locator(".panel").count()
    assert all(width >= 1 for name, width in reached if name != "BODY")


def test_text_stands_out_from_its_ground(page: Page) -> None:
    script = """() => {
      const light = (c) => { const [r, g, b] = c.match(/[\\d.]+/g).map(Number)
        .map(v => v / 255).map(v => v <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4);
        return .2126 * r + .7152 * g + .0722 * b; };
      const ground = (e) => { for (; e; e = e.parentElement) {
        const c = getComputedStyle(e).backgroundColor;
        if (c !== 'rgba(0, 0, 0, 0)') return c; } };
      return ['h1', '.lead', '.hint', '.note', '.right', '.wrong', '.what', '.range', 'dt',
        '.command button', 'footer'].map(s => { const e = document.querySelector(s);
        const [a, b] = [light(getComputedStyle(e).color), light(ground(e))].sort((x, y) => y - x);
        return [s, (a + .05) / (b + .05)]; });
    }"""
    for name, contrast in page.evaluate(script):
        assert contrast >= 4.5, name
