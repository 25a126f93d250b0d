"""The generated parts of docs/ are those of the code, all columns and figures have words, summary.json keeps to its schema."""

import json
import re
from dataclasses import replace

import jsonschema
import pytest

import ewcm
from ewcm.core.finding import Finding, Table
from ewcm.core.texts import finding_text, texts_of
from ewcm.countries import LANGUAGES
from ewcm.documentation import pages
from ewcm.documentation.markers import filled
from ewcm.documentation.outputs import schema_text, tables
from ewcm.report.tables import write_summary
from ewcm.settings import Settings
from tests.conftest import ROOT
from tests.report.make_result import made_result

DOCS = ROOT / "docs"
SCHEMA = json.loads((DOCS / "summary.schema.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def generated():
    return pages.pages(DOCS)


@pytest.fixture(scope="module")
def result():
    return made_result(settings=Settings(coldspot_services=("any", "4G")))


@pytest.mark.parametrize(
    "name", ["formats.md", "formats-inputs.md", "summary.schema.json", "inputs.schema.json", "api.md", "commands.md"]
)
def test_what_is_generated_is_committed(generated, name):
    assert (DOCS / name).read_text(encoding="utf-8") == generated[name], "run 'make docs' and commit what it writes"


def test_every_page_is_looked_at(generated):
    assert set(generated) == {
        "formats.md",
        "formats-inputs.md",
        "summary.schema.json",
        "inputs.schema.json",
        "api.md",
        "commands.md",
    }


def test_every_table_column_and_figure_of_a_run_has_words_and_a_title_in_every_language(result):
    found = tables([result])  # raises where a word is missing
    assert {"table.areas", "table.coldspots", "table.sites", "table.places", "table.inputs", "summary"} <= set(found)
    described = (DOCS / "formats.md").read_text(encoding="utf-8")
    for finding in result.findings:
        for language in LANGUAGES:
            assert texts_of(finding.name)[language]["title"], (finding.name, language)
        for table in finding.tables:
            assert f"<!-- generated: table.{table.name} -->" in described
            assert finding_text(finding, f"table.{table.name}").endswith(".")


def test_a_column_without_words_is_an_error(result):
    reach = result.findings[0]
    table = reach.tables[0]
    further = Table(table.name, table.frame.assign(shoe_size=1), table.units, geometry="MultiPolygon")
    with pytest.raises(KeyError, match=r"column\.shoe_size"):
        tables([result.with_finding(replace(reach, tables=(further,)))])
    with pytest.raises(KeyError, match="table"):
        tables([result.with_finding(Finding("reach", tables=(Table("shoes", table.frame, geometry="MultiPolygon"),)))])


def test_numbers_of_persons_and_lengths_have_units(result):
    frames = {table.name: table for finding in result.findings for table in finding.tables}
    for column in frames["areas"].frame.columns:
        if re.match(r"people|covered|uncovered|unknown", column):
            assert frames["areas"].units[column] == "persons"
    for table in frames.values():
        for column in table.frame.columns:
            unit = {"km": "km", "km2": "km²", "m": "m", "mhz": "MHz", "dbm": "dBm", "deg": "degrees"}
            suffix = str(column).rpartition("_")[2]
            assert suffix not in unit or table.units[column] == unit[suffix], column


@pytest.mark.parametrize("kind", [{}, {"known": False}, {"starter": True}, {"hostile": True}])
def test_summaries_keep_to_the_schema(tmp_path, kind):
    write_summary(made_result(**kind), tmp_path / "summary.json")
    summary = json.loads((tmp_path / "summary.json").read_text(encoding="utf-8"))
    jsonschema.validate(summary, SCHEMA)
    for path, wrong in ((("people",), "many"), (("services", "any", "unknown"), None), (("grid", "rows"), 1.5)):
        changed = json.loads(json.dumps(summary))
        place = changed
        for key in path[:-1]:
            place = place[key]
        place[path[-1]] = wrong
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(changed, SCHEMA)
    del summary["services"]["any"]["uncovered_low"]
    with pytest.raises(jsonschema.ValidationError, match="uncovered_low"):
        jsonschema.validate(summary, SCHEMA)


def test_the_schema_is_one_and_says_what_may_be_null(generated):
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    services = SCHEMA["properties"]["services"]["additionalProperties"]["properties"]
    assert services["covered"]["type"] == ["null", "number"] and services["unknown"]["type"] == "number"
    assert services["uncovered_low"]["x-units"] == "persons"
    assert "high coverage" in services["uncovered_low"]["description"]
    assert schema_text([made_result()]) != generated["summary.schema.json"]  # one result alone knows no null


def test_every_public_name_is_in_the_reference(generated):
    for name in ewcm.__all__:
        assert f"\n### {name}\n" in generated["api.md"]
    for name in ("reach_in(", "to_xarray(", "from_layers(", "polygons", "Footprints", "Caveat"):
        assert name in generated["api.md"]
    assert " at 0x" not in generated["api.md"]


def test_a_page_that_lost_a_mark_is_refused():
    page = "a\n<!-- generated: one -->\nold\n<!-- end -->\nb\n"
    assert filled(page, {"one": "new\n"}) == "a\n<!-- generated: one -->\nnew\n<!-- end -->\nb\n"
    with pytest.raises(ValueError, match="two"):
        filled(page, {"one": "", "two": ""})
