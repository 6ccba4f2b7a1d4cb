"""Makes report.png, the picture in the README, from the report of a run.

    python docs/report_picture.py out/market-sim

Needs Chromium and Pillow (which matplotlib brings). Two looks at the one page stand side by side:
the calendar, and a market with its price map.
"""

import re
import subprocess
import sys
import tempfile
from pathlib import Path

from PIL import Image

CHROMIUM = (
    "chromium", "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--hide-scrollbars",
)  # fmt: skip
WIDTH, HEIGHT = 1100, 1860
SHOWN_AT = 0.62
SECTION = re.compile(r'<section id="([^"]+)">.*?</section>', re.DOTALL)


def only(page: str, section: str) -> str:
    """The page with one of its sections."""
    return SECTION.sub(lambda found: found[0] if found[1] == section else "", page)


def screenshot(page: str) -> Image.Image:
    """How a browser shows the page."""
    with tempfile.TemporaryDirectory() as folder:
        file, picture = Path(folder) / "page.html", Path(folder) / "page.png"
        file.write_text(page, encoding="utf-8")
        size = f"--window-size={WIDTH},{HEIGHT}"
        command = (*CHROMIUM, size, f"--screenshot={picture}", file.as_uri())
        subprocess.run(command, check=True, capture_output=True, timeout=60)
        return Image.open(picture).convert("RGB")


def main(run: Path) -> None:
    """Two screenshots, side by side and small enough for a README."""
    page = (run / "report.html").read_text(encoding="utf-8")
    monthly = next(found[1] for found in SECTION.finditer(page) if "<h2>AUC_MN" in found[0])
    looks = [screenshot(only(page, section)) for section in ("calendar", monthly)]
    # The second look starts at its section: the head of the page is there once already.
    head = 455
    looks[1] = looks[1].crop((0, head, WIDTH, HEIGHT))
    both = Image.new("RGB", (2 * WIDTH, HEIGHT - head), "white")
    for place, look in enumerate(looks):
        both.paste(look.crop((0, 0, WIDTH, HEIGHT - head)), (place * WIDTH, 0))
    small = both.resize((int(both.width * SHOWN_AT), int(both.height * SHOWN_AT)), Image.LANCZOS)
    target = Path(__file__).with_name("report.png")
    few = small.quantize(256, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
    few.save(target, optimize=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
