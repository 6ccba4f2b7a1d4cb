"""The commands, assembled."""

from __future__ import annotations

import typer

from simulator.cli import (
    certs,
    clear,
    documents,
    feature,
    network,
    run,
    scenario,
    serve,
    settle,
    verify,
)

app = typer.Typer(
    name="marketsim",
    help="An open Market Sim for congestion revenue rights.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
)
app.command("run", epilog=run.EXAMPLE)(run.run)
app.add_typer(scenario.app, name="scenario")
app.command("feature", epilog=feature.EXAMPLE)(feature.feature)
app.command("clear", epilog=clear.CLEAR_EXAMPLE)(clear.clear)
app.command("verify", epilog=verify.EXAMPLE)(verify.verify)
app.command("explain", epilog=clear.EXPLAIN_EXAMPLE)(clear.explain)
app.command("settle", epilog=settle.EXAMPLE)(settle.settle)
app.add_typer(network.app, name="network")
app.command("documents", epilog=documents.EXAMPLE)(documents.documents)
app.command("serve", epilog=serve.EXAMPLE)(serve.serve)
app.add_typer(certs.app, name="certs")
