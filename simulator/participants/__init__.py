"""Synthetic people: who they are, what they own, and what they hand in; pure given a seed."""

from simulator.participants.act import submissions
from simulator.participants.endowment import endowment
from simulator.participants.layer import MarketLayer, Place, Right, Strategy, market_layer
from simulator.participants.load import (
    LoadCurve,
    forecast_load_kw,
    hourly_load_kw,
    load_curve,
    reference_load_kw,
)
from simulator.participants.people import Person, population
from simulator.participants.stream import stream
from simulator.participants.view import AllocationView, AuctionView, Mistake, Submission

__all__ = [
    "AllocationView",
    "AuctionView",
    "LoadCurve",
    "MarketLayer",
    "Mistake",
    "Person",
    "Place",
    "Right",
    "Strategy",
    "Submission",
    "endowment",
    "forecast_load_kw",
    "hourly_load_kw",
    "load_curve",
    "market_layer",
    "population",
    "reference_load_kw",
    "stream",
    "submissions",
]
