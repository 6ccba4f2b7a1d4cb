"""Load submissions: W15, days of a clock change, gross pairs, everything at once."""

from __future__ import annotations

import time
from collections.abc import Iterable
from datetime import date
from decimal import Decimal

import pytest

from simulator.domain import Finding, MarketTerm, Period, Refused, Tou
from simulator.rules.load import (
    LoadHour,
    LoadRecord,
    LoadType,
    exceedance_findings,
    exceedances,
    final_load,
    forecast_findings,
    load_findings,
)
from simulator.rules.load_window import (
    LoadBasis,
    LoadSubmission,
    LoadWindow,
    SubmissionStatus,
    recheck,
    submit_load,
)
from simulator.timeline.hours import hours_of_period

MARCH, NOVEMBER, APRIL = (Period.parse(f"2024_M{month}") for month in ("03", "11", "04"))


def whole(
    period: Period, sink: str = "Sink1", load_type: LoadType = LoadType.FINAL_LOAD, mw: str = "10"
) -> list[LoadRecord]:
    return [
        LoadRecord(sink, hour.day, hour.hour_ending, load_type, Decimal(mw))
        for hour in hours_of_period(period)
    ]


def said(findings: Iterable[Finding]) -> list[str]:
    return [finding.message for finding in findings]


def test_w15_five_percent_above_the_reference() -> None:
    cec = Decimal("238.357")
    day = date(2024, 6, 1)
    reference = {LoadHour("Sink1", day, ending): cec for ending in (1, 2, 3, 4)}
    forecast = {
        LoadHour("Sink1", day, 1): Decimal("273.561"),
        LoadHour("Sink1", day, 2): Decimal("280.561"),
        LoadHour("Sink1", day, 3): Decimal("250.274"),
        LoadHour("Sink1", day, 4): Decimal("250.275"),
    }
    findings = forecast_findings(forecast, reference)
    assert [finding.found for finding in findings] == ["273.561 MW", "280.561 MW", "250.275 MW"]
    assert all("by more than 5 percent tolerance" in text for text in said(findings))
    assert findings[0].allowed == "at most 250.27485 MW"
    assert findings[0].where == "sink Sink1, 2024-06-01, hour ending 1"


def test_a_refusal_tells_nobody_what_others_submitted() -> None:
    at = LoadHour("Sink1", date(2024, 6, 1), 1)
    own, total = {at: Decimal("60.001")}, {at: Decimal("105.002")}
    (found,) = forecast_findings(own, {at: Decimal(100)}, total=total)
    assert "with what others submitted exceeds the CEC load of 100 MW" in found.message
    assert found.found == "60.001 MW"
    assert found.allowed == "at most 105.00 MW with what others submitted"
    assert forecast_findings(own, {at: Decimal("100.002")}, total=total) == ()
    alone = {at: Decimal("105.001")}
    (found,) = forecast_findings(alone, {at: Decimal(100)}, total={at: Decimal(999)})
    assert "others" not in found.message + found.allowed
    assert "999" not in str(found)


@pytest.mark.parametrize("first", range(8))
def test_the_metric_ranks_every_hour_of_its_time_of_use(first: int) -> None:
    """The `first` hours of the month are its largest ones, wherever they fall (rulebook 2.2)."""
    hours = hours_of_period(APRIL, None)
    hourly = {
        LoadHour("Sink1", hour.day, hour.hour_ending): Decimal(nth + (1000 if nth < first else 0))
        for nth, hour in enumerate(hours)
    }
    for found in exceedances(hourly, APRIL):
        own = sorted(
            (
                hourly["Sink1", hour.day, hour.hour_ending]
                for hour in hours
                if hour.tou == found.tou
            ),
            reverse=True,
        )
        assert found.max_mw.value == own[0]
        assert found.exceedance.value == own[len(own) * 5 // 1000]


def test_a_lowered_reference_fails_what_passed_before() -> None:
    at = LoadHour("Sink1", date(2024, 6, 1), 1)
    forecast = {at: Decimal(105)}
    assert forecast_findings(forecast, {at: Decimal(100)}) == ()
    assert len(forecast_findings(forecast, {at: Decimal("99.999")})) == 1
    assert len(forecast_findings(forecast, {})) == 1


@pytest.mark.parametrize("period", [MARCH, APRIL, NOVEMBER])
def test_a_whole_period_passes_also_when_the_clock_changes(period: Period) -> None:
    assert load_findings(whole(period), period, {"Sink1"}) == ()


def test_the_23_and_25_hour_days_have_their_own_hours() -> None:
    spring = LoadRecord("Sink1", date(2024, 3, 10), 24, LoadType.FINAL_LOAD, Decimal(1))
    assert said(load_findings([*whole(MARCH), spring], MARCH, {"Sink1"})) == [
        "1 hours of sink Sink1 are not hours of the period in period 2024_M03"
    ]
    short = [at for at in whole(NOVEMBER) if at.hour_ending != 25]
    findings = load_findings(short, NOVEMBER, {"Sink1"})
    assert [finding.found for finding in findings] == ["2024-11-03 HE25"]


def test_all_failures_of_all_sinks_at_once() -> None:
    records = whole(APRIL)
    records += [records[5], records[7]._replace(mw=Decimal("-1"))]
    records += whole(APRIL, "Other")[1:]
    records.append(records[0]._replace(sink="Other", load_type=LoadType.GROSS_LOAD))
    findings = load_findings(records, APRIL, {"Sink1"})
    codes = [finding.code for finding in findings]
    assert codes.count("LHFV0026") == 1
    text = " | ".join(said(findings))
    for part in (
        "record 722: the load is not in the allowed steps",
        "sink Other is not one of the asset owner's",
        "1 hours of sink Other are missing",
        "sink Other has GROSS_LOAD without GROSS_GENERATION",
        "2 hours of sink Sink1 are sent more than once",
    ):
        assert part in text


def test_a_metered_subsystem_settles_net_on_its_gross_pair() -> None:
    records = whole(APRIL, load_type=LoadType.GROSS_LOAD, mw="100")
    records += whole(APRIL, load_type=LoadType.GROSS_GENERATION, mw="30")
    assert load_findings(records, APRIL, {"Sink1"}, metered_subsystem=True) == ()
    assert set(final_load(records).values()) == {Decimal(70)}
    with_final = records + whole(APRIL, mw="55")
    assert set(final_load(with_final).values()) == {Decimal(55)}


def test_exceedance_and_maximum_keep_the_times_of_use_apart() -> None:
    records = [
        record._replace(mw=Decimal(place)) for place, record in enumerate(whole(APRIL), start=1)
    ]
    found = {load.tou: load for load in exceedances(final_load(records), APRIL)}
    hours = hours_of_period(APRIL)
    for tou in Tou:
        ranked = sorted((place for place, hour in enumerate(hours, 1) if hour.tou == tou))
        assert found[tou].max_mw.value == ranked[-1]
        assert found[tou].exceedance.value == ranked[-1 - int(len(ranked) * 0.005)]


def test_exceedance_load_is_judged_per_sink() -> None:
    loads = exceedances(final_load(whole(APRIL, mw="105")), APRIL)
    fits = {("Sink1", tou): Decimal(100) for tou in Tou}
    assert exceedance_findings(loads, fits) == ()
    assert exceedance_findings(loads, {}) == ()
    low = fits | {("Sink1", Tou.OFF): Decimal("99.999")}
    assert said(exceedance_findings(loads, low)) == [
        "the exceedance load at sink Sink1, TOU OFF, is above the reference"
    ]


def test_a_season_of_twenty_sinks_is_checked_in_a_second() -> None:
    season = Period.parse("2024_S02")
    sinks = [f"Sink{place}" for place in range(20)]
    records = [record for sink in sinks for record in whole(season, sink)]
    assert len(records) > 43_000
    started = time.process_time()
    assert load_findings(records, season, set(sinks)) == ()
    assert time.process_time() - started < 1.0


FORECAST = LoadWindow("FCST_LOAD_2024_M04", LoadBasis.FORECAST, MarketTerm.MONTHLY, (APRIL,), True)


def on_file(owner: str, mw: str, period: str = "2024_M04") -> LoadSubmission:
    return LoadSubmission("FCST_LOAD_2024_M04", period, owner, tuple(whole(APRIL, mw=mw)))


def cec(mw: str) -> dict[LoadHour, Decimal]:
    return {at: Decimal(mw) for at in final_load(whole(APRIL))}


def refusal(submission: LoadSubmission, window: LoadWindow | None) -> list[str]:
    with pytest.raises(Refused) as refused:
        submit_load(submission, window, {"Sink1"}, reference_mw=cec("100"))
    return [finding.code for finding in refused.value.findings]


def test_windows_of_load_have_their_codes() -> None:
    good = on_file("A", "100")
    stored = submit_load(good, FORECAST, {"Sink1"}, reference_mw=cec("100"))
    assert stored.status == SubmissionStatus.VALID
    closed = LoadWindow(FORECAST.name, FORECAST.basis, FORECAST.term, (APRIL,), False)
    assert refusal(good, None) == ["LHFV0030"]
    assert refusal(good, closed) == ["LHFV0033"]
    assert refusal(on_file("A", "100", "2024_M05"), closed) == ["LHFV0033", "LHFV0031"]


def test_the_forecasts_of_all_owners_together_stay_within_the_tolerance() -> None:
    mine, theirs = on_file("A", "60"), on_file("B", "45")
    assert submit_load(mine, FORECAST, {"Sink1"}, others=[theirs], reference_mw=cec("100"))
    more = on_file("A", "60.001")
    with pytest.raises(Refused) as refused:
        submit_load(more, FORECAST, {"Sink1"}, others=[theirs], reference_mw=cec("100"))
    assert len(refused.value.findings) == 720


def test_a_historical_load_has_no_reference_to_meet() -> None:
    window = LoadWindow("HIST", LoadBasis.HISTORICAL, MarketTerm.ANNUAL, (APRIL,), True)
    assert submit_load(on_file("A", "999"), window, {"Sink1"}).status == SubmissionStatus.VALID


def test_a_lowered_reference_turns_a_stored_forecast_to_error_and_a_raised_one_back() -> None:
    stored = [on_file("A", "105")]
    assert recheck(stored, cec("100"))[0].status == SubmissionStatus.VALID
    failed = recheck(stored, cec("99.999"))[0]
    assert failed.status == SubmissionStatus.ERROR
    assert len(failed.messages) == 720
    assert recheck([failed], cec("100")) == tuple(stored)
