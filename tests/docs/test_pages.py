"""What the pages of docs/ refer to is there: files, headings, tests; and the words are those of the glossary."""

import re

import pytest

from tests.conftest import ROOT

PAGES = sorted([*(ROOT / "docs").rglob("*.md"), *ROOT.glob("*.md"), ROOT / "data" / "README.md"])


def _anchor(heading: str) -> str:
    return re.sub(r"[^\w -]", "", heading.lower()).strip().replace(" ", "-")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page):
    for target in re.findall(r"\]\(([^)\s]+)\)", page.read_text(encoding="utf-8")):
        if re.match(r"[a-z]+:", target):
            continue
        name, _, anchor = target.partition("#")
        path = page.parent / name if name else page
        assert path.exists(), target
        if anchor:
            headings = re.findall(r"^#+ (.*)$", path.read_text(encoding="utf-8"), re.MULTILINE)
            assert anchor in {_anchor(heading) for heading in headings}, target


def test_every_module_that_the_architecture_names_exists():
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    for name in set(re.findall(r"`((?:ewcm/)?[a-z_0-9]+/[a-z_0-9/]+\.py)`", page)):
        assert any((folder / name).is_file() for folder in (ROOT, ROOT / "ewcm")), name


@pytest.mark.parametrize("name", ["README.md", "docs/formats.md", "docs/formats-inputs.md", "docs/method.md"])
def test_a_case_always_names_the_coverage(name):
    text = (ROOT / name).read_text(encoding="utf-8").lower()
    for wrong in ("low case", "high case", "variant", "likely"):
        assert wrong not in text, wrong


#: Words for what is to be expected, by language. A range here is one of a model, and says nothing of how likely a figure is.
EXPECTATION = (
    r"likely|probabl|confidence|vraisembl|sans doute|confiance|confianza|prov[aá]vel|confiança|أرجح|محتمل|مرجح|الثقة"
)


@pytest.mark.parametrize("folder", ["ewcm/texts", "ewcm/report/webmap/languages", "docs"])
def test_no_text_says_how_likely_a_figure_is(folder):
    for path in sorted((ROOT / folder).rglob("*.json" if folder != "docs" else "*.md")):
        text = path.read_text(encoding="utf-8")
        if path.name.startswith("cap."):  # words of CAP by which a sender says how sure an event is, not of our figures
            text = re.sub(r'"certainty\.\w+": "[^"]*"', "", text)
        found = re.search(EXPECTATION, text, re.IGNORECASE)
        assert found is None, f"{path.name}: {found and found[0]}"
