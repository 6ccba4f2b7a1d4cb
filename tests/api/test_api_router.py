"""Documents and handlers are held to each other."""

from __future__ import annotations

import pytest

from simulator.api.documents import document, load_documents
from simulator.api.router import documents_of, known_handlers, routes
from simulator.domain import Refused


def test_every_operation_of_a_served_service_has_its_route():
    handlers = known_handlers()
    served = documents_of(handlers, load_documents())
    made = routes(served, handlers)
    count = sum(len(each.operations) for each in served)
    assert sum(len(methods) for methods in made.values()) == count == len(handlers)
    assert {"app_status", "market_status", "auction", "nomination"} <= {d.service for d in served}
    assert set(made["/crr/auction/v1.0/portfolio"]) == {"GET", "DELETE"}


def test_an_operation_without_a_handler_is_refused():
    handlers = dict(known_handlers())
    del handlers["auction", "getPortfolio"]
    with pytest.raises(Refused, match="operation without a handler; found: auction getPortfolio"):
        routes([document("auction")], {k: v for k, v in handlers.items() if k[0] == "auction"})


def test_a_handler_without_an_operation_is_refused():
    handlers = {k: v for k, v in known_handlers().items() if k[0] == "app_status"}
    handlers["app_status", "nothing"] = handlers["app_status", "get-status"]
    with pytest.raises(Refused, match="a handler without an operation; found: app_status nothing"):
        routes([document("app_status")], handlers)
