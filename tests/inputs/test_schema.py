"""The published JSON Schema and the tables of the docs are those of the models."""

import tomllib

from ewcm.inputs import schema
from tests.conftest import ROOT

DOCS = ROOT / "docs"


def test_the_published_schema_is_that_of_the_models():
    published = (DOCS / "inputs.schema.json").read_text(encoding="utf-8")
    assert published == schema.schema_text(), "make docs"


def test_the_table_of_settings_is_that_of_the_models():
    assert schema.settings_table() in (DOCS / "formats-inputs.md").read_text(encoding="utf-8"), (
        "put the output of 'python -m ewcm.inputs.schema --settings' into docs/formats-inputs.md"
    )


def test_every_key_is_in_the_docs():
    text = (DOCS / "formats-inputs.md").read_text(encoding="utf-8")
    described = text.partition("| table | key |")[2].partition("\n\n")[0]
    common = set(schema.Table.model_fields)
    assert all(f"`{key}`" in text for key in common)
    for name, table in schema.TABLES.items():
        rows = described.partition(f"| `[{'[' * table.repeated}{name}]{']' * table.repeated}` |")[2].partition(
            "\n| `["
        )[0]
        assert all(f"`{key}`" in rows for key in set(table.model_fields) - common), name
    rows = described.partition("| `[lend]` |")[2].partition("\n| `[")[0]
    assert all(f"`{key}`" in rows for key in schema.Lend.model_fields)


def test_the_template_keeps_to_the_schema():
    template = tomllib.loads((ROOT / "data" / "templates" / "inputs.toml").read_text(encoding="utf-8"))
    known = schema.json_schema()
    assert set(template) <= set(known["properties"])
    for name, stated in template.items():
        if name in schema.TABLES:
            node = known["$defs"][schema.TABLES[name].__name__]
            for table in stated if isinstance(stated, list) else [stated]:
                assert set(node.get("required", ())) <= set(table) <= set(node["properties"]), name


def test_defaults_stand_where_a_table_is_silent():
    found = schema.with_defaults("coverage", {"path": "x", "technology": "4G", "values": "mce"})
    assert (found["values"], found["operator"], found["layer"]) == ("mce", "", None)
