"""Tracks of cyclones in the layouts that they come in: what is read of each, and what is refused in one line."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from affine import Affine
from odc.geo.geobox import GeoBox
from scipy.io import netcdf_file

from ewcm.analysis.hazard_caveats import of_hazards
from ewcm.analysis.hazard_shares import HazardShares
from ewcm.errors import InputError
from ewcm.sources.hazards import TrackSource, read_hazard, winds_of
from ewcm.sources.tracks import read_tracks
from tests.conftest import TEST_DATA
from tests.sources.files import GRID, text

DATA = TEST_DATA / "hazards"
real = pytest.mark.skipif(not DATA.is_dir(), reason="no hazard data: set EWCM_TEST_DATA")

V04 = (
    "SID,SEASON,NUMBER,BASIN,SUBBASIN,NAME,ISO_TIME,NATURE,LAT,LON,WMO_WIND,WMO_PRES,WMO_AGENCY,TRACK_TYPE,"
    "USA_LAT,USA_LON,USA_WIND,USA_PRES,USA_POCI,USA_RMW"
)
UNITS = " ,Year, , , , , , ,degrees_north,degrees_east,kts,mb, , ,degrees_north,degrees_east,kts,mb,mb,nmile"


def v04(path, *rows, units=UNITS):
    return text(path, V04, units, *rows)


def row(hour, lon, wind="100", pres="940", poci="1004", rmw="15", usa=True, wmo=" ,  , ", day=1):
    position = f"-17.0,{lon - 360 if lon > 180 else lon}" if usa else " , "
    time = f"2016-02-{day:02d} {hour:02d}:00:00"
    return f"S1,2016,1,SP,MM,MADE,{time},TS,-17.0,{lon},{wmo},main,{position},{wind},{pres},{poci},{rmw}"


def test_tracks_in_both_conventions_of_longitude_with_their_gaps_filled_and_counted(tmp_path):
    path = v04(
        tmp_path / "ibtracs.csv",
        row(0, 178.0), row(3, 179.0, wind=" ", pres=" ", poci=" ", rmw=" "), row(6, 180.5), row(9, 181.5, rmw=" "),
        row(12, 182.0, wind=" ", pres=" ", poci=" ", rmw=" ", wmo="88,950,nadi"),
        row(15, 183.0, wind="60", pres=" ", poci=" ", rmw=" "),
    )  # fmt: skip
    tracks = read_tracks(path)
    table = tracks.table
    assert table["lon"].tolist() == [178, 179, 180.5, 181.5, 182, 183]
    assert table["wind_kt"].tolist() == [100, 100, 100, 100, 100, 60]  # 88 kt over ten minutes
    assert table["central_hpa"].iloc[1] == 940 and table["central_hpa"].iloc[5] == pytest.approx(979.2, abs=0.1)
    assert table["radius_nmile"].iloc[1] == 15 and 10 < table["radius_nmile"].iloc[5] < 40
    said = " ".join(tracks.record.assumptions)
    assert "1 position with 10-min means" in said and "1 position without a central pressure" in said
    assert tracks.of("made 2016").table.equals(tracks.of("S1").table)
    grid = GeoBox((40, 60), Affine(0.05, 0, 178.5, 0, -0.05, -16.0), "EPSG:4326")
    (event,) = winds_of(tracks, grid, {})
    assert event.event == "MADE 2016" and event.unit == "m/s"
    west = GeoBox((40, 60), Affine(0.05, 0, -181.5, 0, -0.05, -16.0), "EPSG:4326")
    people = np.ones(grid.shape, np.float32)
    one, two = (HazardShares([event], people, box).shown(0, slice(0, 40)) for box in (grid, west))
    sums = np.zeros((2 * len(event.thresholds) + 2, 2))
    said = [one.code for one in of_hazards(HazardShares([event], people, grid), sums, ())]
    assert said == ["hazards_even", "hazards_track"], (
        "a model's winds call themselves so for one storm as for a history"
    )
    assert 45 < one.max() < 80
    np.testing.assert_allclose(one, two, atol=1e-3)


#: A grid on the way of the storm of these tests.
WINDS = GeoBox((4, 4), Affine(0.1, 0, 179.0, 0, -0.1, -16.8), "EPSG:4326")


def test_tables_of_tracks_that_cannot_be_read(tmp_path):
    def refuse(words, path):
        with pytest.raises(InputError, match=words) as error:
            read_tracks(path)
        assert "\n" not in str(error.value) and path.name in str(error.value)

    refuse(
        "in m/s, not in kts", v04(tmp_path / "units.csv", row(0, 178.0), units=UNITS.replace("kts,mb,mb", "m/s,mb,mb"))
    )
    refuse(
        "no usable track",
        v04(tmp_path / "nan.csv", row(0, 178.0, wind="nan", pres="inf"), row(3, 179.0, wind=" ", pres=" ")),
    )
    refuse("has no column", text(tmp_path / "other.csv", "a,b,c", "1,2,3"))
    refuse(
        "is a deck of ATCF", text(tmp_path / "b.dat", "SH, 11, 2016022000,   , BEST,   0, 172S, 1805E, 155,  907, ST,")
    )
    refuse("is HURDAT2", text(tmp_path / "h.txt", "AL152017,              MARIA,     68,"))
    refuse("is TCVitals", text(tmp_path / "v.txt", "JTWC 11P WINSTON   20160220 0000 172S 1795W 260 060 0907"))
    refuse("is a best track of RSMC Tokyo", text(tmp_path / "t.txt", "66666 1601   17 0001 1601 0 6     NEPARTAK"))
    # A damaged year between two positions was filled with 210 million others, which no memory holds.
    later = [row(0, 178.0), row(3, 179.0), row(6, 179.5).replace("2016-02-", "2040-02-")]
    refuse("storm '.*' would have lasted 8,76. days; correct its times", v04(tmp_path / "years.csv", *later))
    with pytest.raises(InputError, match="is XML, and no feed of GDACS; give tracks as IBTrACS does"):
        read_hazard(text(tmp_path / "cxml.xml", "<cxml></cxml>"), "wind", GRID)
    # Older tables write 0 for a wind that nobody reported: it lies between its neighbours, as a blank does.
    gap = read_tracks(v04(tmp_path / "zero.csv", row(0, 178.0), row(3, 179.0, wind="0.0"), row(6, 180.5))).table
    assert gap["wind_kt"].tolist() == [100, 100, 100]
    broken = v04(tmp_path / "rows.csv", row(0, 178.0), row(3, 179.0), row(25, 180.0), row(6, 179.5, wind="9999"))
    tracks = read_tracks(broken)
    # A wind of 9999 kt is none; that of the pressure takes its place.
    assert len(tracks.table) == 3 and 100 < tracks.table["wind_kt"].max() < 111
    with pytest.raises(InputError, match="no storm 'NOBODY'"):
        tracks.of("NOBODY")
    name = tracks.table["name"].iloc[0]
    with pytest.raises(InputError, match=f"of that name it has {name} 2016; give"):
        tracks.of(f"{name} 2015")
    # A few storms of a few seasons are no history: their yearly maxima stood as winds of 5 to 40 years without a word.
    few = [row(hour, 178.0 + hour / 5).replace("S1,2016", f"S{at},{2010 + at}") for at in (1, 5) for hour in (0, 3, 6)]
    (doubt,) = winds_of(read_tracks(v04(tmp_path / "few.csv", *few)), WINDS, {})[0].record.warnings
    assert doubt.code == "few_storms" and doubt.values == {"storms": 2, "seasons": 5}
    counts = read_tracks(
        v04(tmp_path / "gaps.csv", row(0, 178.0), row(3, 178.5, wind=" "), row(6, 179.0), row(6, 179.0))
    )
    assert counts.counts["with a value between two reports of their storm, linear in time"] == 1
    assert counts.counts["of a time that the storm has already were not used"] == 1
    rows = [row(hour, 178.0 + hour / 5).replace("S1,2016", f"S{storm},1950") for storm in (1, 2) for hour in (0, 3, 6)]
    with pytest.raises(InputError, match="no season since 1980"):
        winds_of(read_tracks(v04(tmp_path / "old.csv", *rows)), GRID, {})


def test_plain_tables_of_a_track_are_read_by_the_units_in_their_headings(tmp_path):
    """They were refused: an office has the table of a bulletin, and no IBTrACS of the storm that is under way."""
    hours = (0, 3, 6)
    expected = read_tracks(v04(tmp_path / "ibtracs.csv", *(row(hour, 179.0 + hour / 5) for hour in hours))).table
    positions = [(f"2016-02-01 {hour:02d}:00:00", -17.0, 179.0 + hour / 5) for hour in hours]

    def wind(path):
        return read_tracks(path).table["wind_kt"].tolist()

    def table(name, head, separator=",", rows=positions, **more):
        lines = [separator.join(map(str, (*position, *more.values()))) for position in rows]
        return text(tmp_path / name, head, *lines)

    plain = read_tracks(table("kt.csv", "time,lat,lon,wind_kt,pressure_hpa", wind=100, pressure=940))
    assert plain.table["wind_kt"].tolist() == [100] * 3 and plain.table["central_hpa"].tolist() == [940] * 3
    assert plain.table["season"].tolist() == [2016] * 3 and plain.table["hours"].tolist() == expected["hours"].tolist()
    said = " ".join(plain.record.assumptions)
    assert "'wind_kt' was taken as kt" in said and "3 positions without a radius" in said
    assert [doubt.code for doubt in plain.record.warnings] == ["minutes_not_stated"]
    assert wind(table("kmh.csv", "time,lat,lon,Vmax (km/h)", wind=185.2)) == pytest.approx([100] * 3)
    assert wind(table("ms.csv", "Time (UTC),Latitude,Longitude,wind speed [m/s]", wind=51.4444444)) == pytest.approx(
        [100] * 3
    )
    assert wind(table("ten.csv", "time,lat,lon,wind_10min_kt", wind=88)) == pytest.approx([100] * 3)
    french = [
        (f"2016-02-01T{hour:02d}:00:00Z", "-17,0", f"{lon:.1f}".replace(".", ","))
        for hour, (_, _, lon) in zip(hours, positions, strict=True)
    ]
    assert (
        wind(
            table(
                "fr.csv", "Heure;Latitude;Longitude;Vent max (noeuds);Rayon max (km)", ";", french, wind="100,0", rmw=30
            )
        )
        == [100] * 3
    )
    (stated,) = read_hazard(plain_path := tmp_path / "kt.csv", "wind", WINDS, averaging_minutes=10)
    assert stated.event == "kt 2016" and "divided by 0.88" in " ".join(stated.record.assumptions)
    assert stated.record.warnings == ()
    (usual,) = read_hazard(plain_path, "wind", WINDS)
    assert usual.source.tracks.table["wind_kt"].max() == 100 < stated.source.tracks.table["wind_kt"].max()

    def refuse(words, path, **asked):
        with pytest.raises(InputError, match=words):
            read_hazard(path, "wind", WINDS, **asked)

    refuse("'wind' does not say its unit", table("no_unit.csv", "time,lat,lon,wind", wind=100))
    refuse("'rmw' does not say its unit", table("rmw.csv", "time,lat,lon,wind_kt,rmw", wind=100, rmw=30))
    refuse("no column time", table("no_time.csv", "step,lat,lon,wind_kt", wind=100))
    refuse("no column wind or pressure", table("gust.csv", "time,lat,lon,gust_kt", wind=100))
    refuse("means over 10 minutes by their heading", tmp_path / "ten.csv", averaging_minutes=1)
    refuse("means over 3 minutes", table("three.csv", "time,lat,lon,wind_3min_kt", wind=100))
    twice = [*positions, ("2016-02-01 04:00:00", -10.0, 150.0)]
    refuse("not those of one storm; name the storm", table("two.csv", "time,lat,lon,wind_kt", rows=twice, wind=100))
    day_first = [(f"01/02/2016 {hour:02d}:00", *at) for hour, (_, *at) in zip(hours, positions, strict=True)]
    refuse("write times as 2016-02-20", table("dmy.csv", "time,lat,lon,wind_kt", rows=day_first, wind=100))


def test_points_of_a_track_in_a_vector_file(tmp_path):
    path = tmp_path / "bulletin.geojson"
    columns = {"time": ["2016-02-20 00:00", "2016-02-20 06:00", "2016-02-20 12:00"], "wind_kt": [90, 100, 110]}
    points = gpd.points_from_xy([179.0, 180.2, -178.6], [-17.0, -17.1, -17.2])
    gpd.GeoDataFrame(columns, geometry=points, crs="EPSG:4326").to_file(path)
    with pytest.raises(InputError, match='state values = "tracks"'):
        read_hazard(path, "wind", WINDS)
    (found,) = read_hazard(path, "wind", WINDS, values="tracks")
    table = found.source.tracks.table
    assert table["lon"].tolist() == pytest.approx([179.0, 180.2, 181.4]) and table["wind_kt"].tolist() == [90, 100, 110]


@pytest.mark.real
@real
def test_real_tracks_of_both_layouts_and_netcdf():
    named = read_tracks(DATA / "cyclone" / "ibtracs_sp_named.csv")
    assert named.table["storm"].nunique() == 7
    winston = named.of("WINSTON 2016").table
    assert winston["lon"].between(150, 200).all() and winston["wind_kt"].max() == 155
    pam = named.of("PAM").table
    assert len(pam) == 110 and pam["lon"].diff().abs().max() < 4
    old = read_tracks(DATA / "cyclone" / "Basin.NI.ibtracs_wmo.v03r08.csv.gz")
    assert old.record.format == "IBTrACS v03" and old.of("SIDR 2007").table["wind_kt"].max() == 115
    iris = read_tracks(DATA / "cyclone" / "IRIS_2018_SP_SLB.nc")
    assert len(iris.table) == 155 and iris.table["season"].unique().tolist() == [2018]


@pytest.mark.real
@real
def test_winds_from_the_rows_are_those_stored_along_the_hourly_tracks():
    import pandas as pd
    from ewcm_kernels.cyclones import Track, max_wind_ms

    columns = ("hours", "lat", "lon", "wind_kt", "central_hpa", "environment_hpa", "radius_nmile")
    winds = pd.read_csv(DATA / "cyclone" / "reference" / "climada_6.1_max_wind.csv.gz")
    named = read_tracks(DATA / "cyclone" / "ibtracs_sp_named.csv")
    for storm, part in winds.groupby("event"):
        times = pd.read_csv(DATA / "cyclone" / "reference" / f"track_{storm}.csv", parse_dates=["time"])["time"]
        hours = (times - pd.Timestamp(1970, 1, 1)).dt.total_seconds() / 3600
        table = named.of(storm).table
        hourly = Track(*(np.interp(hours, table["hours"], table[name]) for name in columns))
        for model in ("H08", "H1980", "H10"):
            found = max_wind_ms(
                part["lat"].to_numpy(), part["lon"].to_numpy(), hourly, model, float(np.degrees(111.12))
            )
            assert np.abs(found - part[f"{model}_ms"]).max() < 0.1


def ibtracs_netcdf(path, storms=3, **units):
    """A file as IBTrACS has them: storms by rows, filled up with missing positions."""
    rows = np.arange(storms)[:, None]
    step = np.arange(5)[None, :]
    there = step < 5 - rows
    time = np.where(there, 57428.0 + 400 * rows + step / 8, -9999.0)  # 1858-11-17 + 57428 days is 2016-02-10
    values = {
        "time": time,
        "lat": np.where(there, -17.0 - rows - step / 10, -9999.0),
        "lon": np.where(there, 179.5 + step / 4, -9999.0),
        "usa_wind": np.where(there & (step != 2), 600.0 + 10 * step, -9999.0),
        "usa_pres": np.where(there, 960.0, -9999.0),
        "wmo_wind": np.where(there, 40.0, -9999.0),
    }
    with netcdf_file(path, "w") as file:
        file.createDimension("storm", storms)
        file.createDimension("date_time", 5)
        for name, table in values.items():
            variable = file.createVariable(name, "d" if name == "time" else "f", ("storm", "date_time"))
            variable._FillValue = np.array(-9999.0, "d" if name == "time" else "f")
            if name == "usa_wind":
                variable.scale_factor = 0.1
            if name == "time":
                variable.units = units.get("time", "days since 1858-11-17 00:00:00")
            variable[:] = table
    return path


def test_ibtracs_as_netcdf(tmp_path):
    found = read_tracks(ibtracs_netcdf(tmp_path / "ibtracs.nc"))
    assert found.record.format == "IBTrACS netCDF"
    assert found.table.groupby("storm").size().to_dict() == {"2016-001": 5, "2017-001": 4, "2018-001": 3}
    with pytest.raises(
        InputError, match=r"names of storms are not read from netCDF; give IBTrACS as CSV, or .*2016-001"
    ):
        found.of("WINSTON 2016")
    first = found.of("2016-001").table
    # The missing wind lies between its neighbours; the scale of the file holds; longitudes run on past 180°.
    assert first["wind_kt"].tolist() == pytest.approx([60, 61, 62, 63, 64])
    assert first["lon"].tolist() == [179.5, 179.75, 180.0, 180.25, 180.5]
    assert first["lat"].tolist() == pytest.approx([-17.0, -17.1, -17.2, -17.3, -17.4], abs=1e-5)
    assert pd.Timestamp(first["hours"].iloc[0] * 3600, unit="s") == pd.Timestamp("2016-02-10")
    # Nobody needs to say that a file with the variables of tracks is no raster.
    grid = GeoBox((40, 60), Affine(0.05, 0, 178.5, 0, -0.05, -16.0), "EPSG:4326")
    (event,) = read_hazard(tmp_path / "ibtracs.nc", "wind", grid, event="2016-001")
    assert isinstance(event.source, TrackSource)
    # Another order of the storms in the file changes nothing: they are numbered by time.
    assert len(read_tracks(ibtracs_netcdf(tmp_path / "one.nc", storms=1)).table) == 5


def test_ibtracs_as_netcdf_that_cannot_be_read(tmp_path):
    with pytest.raises(InputError, match="its time is in 'fortnights"):
        read_tracks(ibtracs_netcdf(tmp_path / "units.nc", time="fortnights since 2000-01-01"))
    whole = ibtracs_netcdf(tmp_path / "whole.nc").read_bytes()
    (tmp_path / "cut.nc").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(InputError, match=r"cut.nc: [^\n]{10,200}$"):
        read_tracks(tmp_path / "cut.nc")


TRACK_HEAD = "SID,SEASON,BASIN,NAME,ISO_TIME,LAT,LON,USA_WIND,USA_PRES\n"


@pytest.mark.parametrize(
    ("places", "refused"),
    [
        ([(0.5, 31.0), (0.5, 32.0)], False),
        ([(0.5, 32.3)], True),
        ([(31.0, 0.5), (32.0, 0.5)], True),
        ([(-17.0, 179.0), (-17.0, 180.5)], True),
    ],
)
def test_tracks_that_say_nothing_of_the_country_are_no_safety(tmp_path, places, refused):
    rows = "".join(f"X,2016,SI,ZZ,2016-02-01 {3 * n:02d}:00:00,{y},{x},100,940\n" for n, (y, x) in enumerate(places))
    path = tmp_path / "tracks.csv"
    path.write_text(TRACK_HEAD + rows)
    if refused:
        with pytest.raises(InputError, match="no storm that came within 400 km of the people"):
            read_hazard(path, "wind", GRID)
    else:
        assert len(read_hazard(path, "wind", GRID)) == 1


def test_a_table_without_its_row_of_units_is_a_doubt(tmp_path):
    bare = text(tmp_path / "bare.csv", V04, row(0, 178.0), row(3, 178.5))  # no row of units
    assert [warning.code for warning in read_tracks(bare).record.warnings] == ["no_row_of_units"]
    assert read_tracks(v04(tmp_path / "units.csv", row(0, 178.0), row(3, 178.5))).record.warnings == ()
