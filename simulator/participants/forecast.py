"""A person's own forecast of congestion: the public one, with an error of its own."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from simulator.domain import Tou
from simulator.participants.people import Person
from simulator.participants.view import Forecast

OwnForecast = Mapping[tuple[str, Tou], float]


def own_forecast(person: Person, public: Forecast, rng: np.random.Generator) -> OwnForecast:
    """Each value with a normal error, whose size is the person's noise times the usual value.

    The error is part of the value and part of the mean size of all values, so that a person may
    see congestion where the public forecast has none.
    """
    keys = sorted(public)
    values = np.array([float(public[key]) for key in keys])
    usual = float(np.abs(values).mean()) if len(values) else 0.0
    deviation = person.traits.forecast_noise * 0.5 * (np.abs(values) + usual)
    noisy = values + deviation * rng.standard_normal(len(values))
    return dict(zip(keys, noisy.tolist(), strict=True))


def path_value(forecast: OwnForecast, source: str, sink: str, tou: Tou) -> float:
    """What one MW from `source` to `sink` is expected to earn over the product, in USD.

    A location without a forecast counts as one without congestion.
    """
    return forecast.get((sink, tou), 0.0) - forecast.get((source, tou), 0.0)
