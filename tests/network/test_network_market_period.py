"""The network of a market period: retired and islanded locations, lists, derates, publication."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pytest
from network_cases import CALIFORNIA, THREE_BUSES, TRIANGLE, case_of, key, network_of, raw, triangle

from simulator.domain import Refused, Tou
from simulator.network.dc import DcNetwork, dc_network
from simulator.network.distance import electrical_distance
from simulator.network.folder import read_network_folder
from simulator.network.islanding import connected_part, islanded, normalised, without_bus
from simulator.network.locations import read_locations
from simulator.network.model import Location
from simulator.network.period_model import (
    Derate,
    case_of_network,
    period_limit_mw,
    period_network,
)
from simulator.network.publication import model_files
from simulator.network.raw.reader import read_raw
from simulator.network.remap import Replacement, replacements
from simulator.network.source_sink_list import (
    ChangeKind,
    changes_text,
    difference,
    list_text,
    replacement_text,
    source_sink_list,
    with_base_loading,
)


def location(name: str, shares: Mapping[int, float], biddable: bool = True) -> Location:
    both = tuple(sorted(shares.items()))
    return Location(name, "PNODE", biddable, {Tou.ON: both, Tou.OFF: both})


def radial() -> DcNetwork:
    """7 (retires) - 3 at x = 0.01 and 7 - 8 at x = 0.04, as in rulebook 3.7; 9 lies behind 8."""
    buses = "3,'L3',230,1\n7,'G7',230,3\n8,'G8',230,2\n9,'G9',230,2\n5,'FAR',230,2"
    lines = "7,3,'1',0,.01\n8,7,'1',0,.04\n8,7,'2',0,.5\n9,8,'1',0,.01\n9,5,'1',0,1.0"
    return network_of(raw(buses, lines=lines))


PLACES = {
    name: location(name, {bus: 1.0})
    for name, bus in (("L3", 3), ("G7", 7), ("G8", 8), ("G9", 9), ("FAR", 5))
}
KINDS = {"L3": "SINK", "G7": "SOURCE", "G8": "SOURCE", "G9": "SOURCE", "FAR": "SOURCE"}


def test_the_nearest_of_the_same_designation_not_the_nearest() -> None:
    found, faults = replacements(radial(), ["G7"], PLACES, KINDS)
    assert faults == []
    assert [(item.retired, item.replacement) for item in found] == [("G7", "G8")]
    assert found[0].distance == pytest.approx(0.04 / 100)


def test_distance_takes_the_least_of_parallel_branches_and_the_size_of_negative_ones() -> None:
    network = network_of(raw(THREE_BUSES, lines="1,2,'1',0,.3\n2,1,'2',0,-.1\n2,3,'1',0,.2"))
    assert electrical_distance(network, 1) * 100 == pytest.approx([0, 0.1, 0.3])


def test_retired_and_unbiddable_locations_replace_nobody() -> None:
    places = PLACES | {"G9": location("G9", {9: 1.0}, biddable=False)}
    found, _ = replacements(radial(), ["G8", "G7"], places, KINDS)
    assert [(item.retired, item.replacement) for item in found] == [("G7", "FAR"), ("G8", "FAR")]


def test_equal_distances_go_to_the_lower_bus() -> None:
    network = network_of(raw(THREE_BUSES, lines="3,2,'1',0,.1\n3,1,'1',0,.1"))
    places = {
        "Z": location("Z", {1: 1}),
        "A": location("A", {2: 1}),
        "OLD": location("OLD", {3: 1}),
    }
    found, _ = replacements(network, ["OLD"], places, dict.fromkeys(places, "SOURCE"))
    assert found[0].replacement == "Z"


def test_a_retired_location_that_is_cut_off_goes_to_the_closest_one_that_is_not() -> None:
    """FAR is with it behind the outage, and so replaces nothing; G8 is 0.01 away without it."""
    network = radial().without([key(9, 8)])
    found, faults = replacements(network, ["G9"], PLACES, KINDS, intact=radial())
    assert faults == []
    assert [item.replacement for item in found] == ["G8"]
    assert found[0].distance == pytest.approx(0.01 / 100)
    _, faults = replacements(network, ["G9"], PLACES, KINDS)
    assert [item.where for item in faults] == ["G9"]


def test_what_the_operator_chose_goes_before_the_closest() -> None:
    found, faults = replacements(radial(), ["G7", "G8"], PLACES, KINDS, by_hand={"G7": "FAR"})
    assert faults == []
    assert [(item.retired, item.replacement) for item in found] == [("G7", "FAR"), ("G8", "G9")]


def test_a_location_without_a_replacement_is_named() -> None:
    opened = radial().without([key(3, 7)])
    _, faults = replacements(opened, ["L3", "HUB"], PLACES, KINDS)
    assert [item.where for item in faults] == ["HUB", "L3"]
    assert all(item.rule == "rulebook 3.7" for item in faults)


def test_an_islanded_location_names_its_outage() -> None:
    network = radial().without([key(9, 8)])
    cut = islanded(network, PLACES)
    assert [item.location for item in cut] == ["FAR", "G9"]
    assert str(cut[0]) == "FAR is islanded by the outage of 9-8 circuit 1"


def test_an_aggregate_that_is_islanded_in_part_shares_its_factors_among_the_rest() -> None:
    network = radial().without([key(9, 8)])
    hub = location("HUB", {7: 0.5, 8: 0.3, 9: 0.2})
    assert connected_part(hub, network).factors[Tou.ON] == ((7, 0.625), (8, 0.37499999999999994))
    whole = location("HUB", {7: 0.5, 8: 0.5})
    assert connected_part(whole, network).factors == whole.factors


def test_c15_factors_without_a_lost_generator() -> None:
    left = without_bus(location("HUB", {1: 0.5, 2: 0.3, 3: 0.2}), 1).factors[Tou.ON]
    assert [factor for _, factor in left] == pytest.approx([0.6, 0.4])
    with pytest.raises(ValueError, match="alone"):
        without_bus(location("NODE", {1: 1.0}), 1)


def test_list_versions_say_who_was_added_removed_and_changed_and_why() -> None:
    retired = (Replacement("G7", "G8", 0.0004),)
    hub = {"HUB": location("HUB", {8: 0.5, 9: 0.5})}
    first = source_sink_list("AUC", 0, PLACES, radial())
    network = radial().without([key(9, 8)])
    second = source_sink_list("AUC", 1, PLACES | hub, network, base_loaded=["G9"], retired=retired)
    changes = {item.location: item for item in difference(first, second, retired)}
    assert sorted(changes) == ["FAR", "G7", "G9", "HUB"]
    assert (changes["G7"].kind, changes["G7"].reason) == (
        ChangeKind.REMOVED,
        "retired, replaced by G8",
    )
    assert changes["HUB"].kind == ChangeKind.ADDED
    assert changes["FAR"].what == "biddable"
    assert changes["G9"].what == "biddable, sell only"
    assert "outage of 9-8" in changes["G9"].reason
    assert second.entries["HUB"].location.factors[Tou.ON] == ((8, 1.0),)
    assert changes["HUB"].reason == "its bus 9 is islanded by the outage of 9-8 circuit 1"
    back = {item.location: item for item in difference(second, first)}
    assert {item.kind for item in back.values()} == set(ChangeKind)
    assert back["G9"].reason == "G9 is connected again"
    assert (back["G7"].reason, back["HUB"].reason) == (
        "in the model now",
        "not in the model any more",
    )
    assert difference(first, first) == ()


def test_the_reason_of_a_change_is_what_changed_not_how_things_are() -> None:
    """A bus of the hub comes back while the other stays out; who loads it changes beside that."""
    hub = {"HUB": location("HUB", {3: 0.5, 8: 0.3, 9: 0.2}), "G9": location("G9", {9: 1.0})}
    out = radial().without([key(9, 8), key(8, 7, "1"), key(8, 7, "2")])
    first = source_sink_list("AUC", 1, hub, out.without([key(7, 3)]), intact=radial())
    again = radial().without([key(9, 8)])
    second = source_sink_list("AUC", 2, hub, again, base_loaded=["G9"], intact=radial())
    changes = {item.location: item.reason for item in difference(first, second)}
    assert "is connected again" in changes["HUB"]
    third = source_sink_list("AUC", 3, hub, again, intact=radial())
    (loading,) = difference(second, third)
    assert (loading.what, loading.reason) == ("sell only", "no CRRs load it any more")
    (loading,) = difference(third, second)
    assert loading.reason == "CRRs load it now"


def test_base_loading_opens_islanded_locations_to_sellers_and_changes_no_other() -> None:
    listed = source_sink_list("AUC", 1, PLACES, radial().without([key(9, 8)]))
    loaded = with_base_loading(listed, ["G8", "G9"])
    assert {name for name, entry in loaded.entries.items() if entry.sell_only} == {"G9"}
    assert loaded.entries["G8"] == listed.entries["G8"]


def test_what_changed_at_one_time_of_use_only_says_at_which() -> None:
    here = source_sink_list("AUC", 0, PLACES, radial())
    there = source_sink_list("AUC", 1, PLACES, radial().without([key(9, 8)]))
    cut_off = difference(here, there)
    rows = changes_text({Tou.ON: cut_off, Tou.OFF: cut_off[:1]}).splitlines()
    assert rows[0] == "SourceSink,Change,What,Reason,TOU"
    assert [(row.split(",")[0], row.split(",")[-1]) for row in rows[1:]] == [
        ("FAR", "BOTH"),
        ("G9", "ON"),
    ]


def test_the_list_as_a_file() -> None:
    network = radial().without([key(9, 8)])
    listed = source_sink_list("AUC", 1, PLACES, network, base_loaded=["G9"])
    rows = list_text(dict.fromkeys(Tou, listed), network).splitlines()
    assert rows[0] == "SourceSink,Type,Biddable,Zone,BusName,Bus,Factor,TOU,Note"
    why = "is islanded by the outage of 9-8 circuit 1"
    assert f"G9,PNODE,Sell,,G9,9,1.0,ON,G9 {why}" in rows
    assert f"FAR,PNODE,No,,FAR,5,1.0,OFF,FAR {why}" in rows
    assert len(rows) == 11
    mapping = replacement_text("AUC", [Replacement("G7", "G8", 0.1)])
    assert mapping.splitlines()[1] == "G7,G8,AUC"


def test_limits_of_a_month_with_derated_hours() -> None:
    """Rulebook 3.5: 1,000 MW, 400 MW for 104 of 416 hours."""
    assert period_limit_mw(1000, [(400, 104)], 416, "weighted") == 850
    assert period_limit_mw(1000, [(400, 104)], 416, "minimum") == 400
    assert period_limit_mw(1000, [(1200, 104), (0, 0)], 416, "minimum") == 1000
    with pytest.raises(ValueError, match="mean"):
        period_limit_mw(1000, [(400, 104)], 416, "mean")


RATED = TRIANGLE.replace("0.0,0.1", "0.0,0.1,0,1000,1200,1400")


def test_a_period_network_has_outages_out_and_derates_in() -> None:
    network = network_of(raw(THREE_BUSES, lines=RATED))
    derates = [Derate(key(3, 2), 400, 104), Derate(key(1, 3), 0, 416)]
    period = period_network(network, [key(2, 1)], derates, hours=416)
    assert period.in_service.tolist() == [False, False, True]
    assert period.rating_mw[2].tolist() == [850, 1020, 1190]
    least = period_network(network, [], derates, hours=416, rule="minimum")
    assert least.in_service.tolist() == [True, False, True]
    assert least.rating_mw[2, 0] == 400


def test_derates_that_mean_nothing_come_back_together() -> None:
    network = network_of(raw(THREE_BUSES, lines=RATED + "1,2,'9',0,.1"))
    derates = [Derate(key(1, 9), 1, 1), Derate(key(1, 2), 1, 9), Derate(key(1, 2, "9"), 1, 1)]
    with pytest.raises(Refused) as refusal:
        period_network(network, [], derates, hours=8)
    assert len(refusal.value.findings) == 3


def test_the_published_case_is_the_network_of_the_period() -> None:
    buses = THREE_BUSES + "\n4,'FOUR',230.0,1"
    case = case_of(
        raw(
            buses,
            lines=RATED + "3,4,'1',0,.1",
            transformers="1,2,3,'T'\n0,.1,100,0,.1,100,0,.1,100\n1,0,0,50\n1\n1\n2,3,0,'9'\n0,.1\n1\n1",
        )
    )
    network = period_network(
        dc_network(case), [key(1, 2)], [Derate(key(2, 3), 400, 104)], hours=416
    ).without_branches([5])
    again = dc_network(case_of_network(case, network))
    for name in ("in_service", "rating_mw", "island", "susceptance_mw_per_rad"):
        assert np.array_equal(getattr(again, name), getattr(network, name)), name


def test_model_files_in_two_sets() -> None:
    model = read_network_folder(CALIFORNIA)
    files = {item.name: item for item in model_files(model, "AUC_MN_2024_M04", "2024_M04", Tou.ON)}
    prefix = "AUC_MN_2024_M04_2024_M04_"
    case = files[f"{prefix}ON_NETWORK_MODEL.RAW"]
    assert case.nda
    network = dc_network(read_raw(case.text.encode("latin-1")))
    assert np.array_equal(network.susceptance_mw_per_rad, model.network.susceptance_mw_per_rad)
    kinds = {name.removeprefix(prefix).removesuffix(".csv") for name in files if ".csv" in name}
    assert kinds == {
        "ON_LINE_AND_TRANSFORMER", "RESOURCE", "TRADING_HUB", "ON_GEN_DISTRIBUTION_FACTOR",
        "ON_LOAD_DISTRIBUTION_FACTOR", "CONTINGENCY", "CONTINGENCY_PUBLIC",
        "INTERFACE", "INTERFACE_PUBLIC", "OUTAGE", "ON_DERATE",
    }  # fmt: skip
    lines = files[f"{prefix}ON_LINE_AND_TRANSFORMER.csv"].text.splitlines()
    assert len(lines) == 1 + model.network.branch_count
    public = [item for item in files.values() if not item.nda]
    assert {item.name.removeprefix(prefix) for item in public} == {
        "TRADING_HUB.csv", "ON_GEN_DISTRIBUTION_FACTOR.csv", "ON_LOAD_DISTRIBUTION_FACTOR.csv",
        "CONTINGENCY_PUBLIC.csv", "INTERFACE_PUBLIC.csv",
    }  # fmt: skip
    secret = {"FromBus", "ToBus", "Circuit", "ReactancePU", "RateA", "MW", "ForwardLimitMW"}
    assert not any(secret & set(item.text.splitlines()[0].split(",")) for item in public)


def test_triangle_stays_whole() -> None:
    assert islanded(triangle(), {"A": location("A", {1: 1.0})}) == ()


def test_shared_factors_are_read_back_to_the_last_digit() -> None:
    """Thirds do not add to 1 in binary; a list that was published must read as it was made."""
    network = triangle()
    shares = normalised(((1, 0.1), (2, 0.1), (3, 0.1)), (1, 2, 3))
    rows = [f"HUB,TH,Yes,{bus},{factor!r},BOTH" for bus, factor in shares]
    text = "\n".join(["SourceSink,Type,Biddable,Bus,Factor,TOU", *rows])
    read, warnings, faults = read_locations(text, "locations.csv", network)
    assert (warnings, faults) == ([], [])
    assert read["HUB"].factors[Tou.ON] == shares
    model = read_network_folder(CALIFORNIA)
    for location in (model.locations or {}).values():
        again = [f"HUB,TH,Yes,{b},{f!r},ON" for b, f in location.factors[Tou.ON]]
        table = "\n".join(["SourceSink,Type,Biddable,Bus,Factor,TOU", *again])
        same, _, _ = read_locations(table, "locations.csv", model.network)
        assert same["HUB"].factors[Tou.ON] == location.factors[Tou.ON]
