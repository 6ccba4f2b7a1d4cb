"""The clearing benchmark's results as a table and as a picture."""

from __future__ import annotations

from pathlib import Path
from typing import Any

Json = dict[str, Any]


def table(results: Json) -> str:
    """Plain text, one line for each measurement."""
    lines = [
        f"network {results['network']}; CPU seconds on one core, peak memory\n",
        f"{'files to certified answer':<48}seconds  target     MB  rows binding",
    ]
    for item in results["targets"]:
        shape = "sloped" if item["slope"] else "flat"
        outages = item["outages"] or "all"
        lines.append(
            f"  {item['bids']:>7} {shape} bids, {outages:>5} outages      "
            f"{item['seconds']:>15.2f} {item['target_seconds']:>7.0f} {item['peak_mb']:>6} "
            f"{item['constraints_in_final_problem']:>5} {item['binding']:>7}"
        )
    for rows in results["final_rows"]:
        outages = rows["outages"] or "all"
        lines += [
            f"\nthe {rows['rows']} final rows of {rows['bids']} bids, {outages} outages",
            f"  {'ours, finding them included':<40} {rows['seconds']:>8.2f}",
        ]
        for peer in rows["peers"]:
            lines.append(f"  HiGHS, {peer['method']:<33} {peer['seconds']:>8.2f}  {peer['status']}")
    for name, items in results["growth"].items():
        lines += ["", f"clearing by number of {name}"]
        for item in items:
            size = item[name] or "all"
            lines.append(
                f"  {size:>8} {name:<8} {item['seconds']:>8.2f} {item['peak_mb']:>6} MB "
                f"{item['binding']:>5} binding"
            )
    for name in ("pyomo", "pypsa"):
        absent = "" if name in results else ": not measured, no interpreter was given"
        lines += ["", f"beside {name}, at equal objective{absent}"]
        for pair in results.get(name, ()):
            ours, peer = pair["ours"], pair[name]
            lines.append(
                f"  {ours['buses']:>6} buses {ours['bids']:>6} bids"
                f"  ours {ours['seconds']:>7.2f} s {ours['peak_mb']:>5} MB"
                f"   {name} {peer['seconds']:>7.2f} s {peer['peak_mb']:>5} MB"
            )
    return "\n".join(lines) + "\n"


def draw(results: Json, path: Path) -> None:
    """Growth on three axes and the peers, logarithmic both ways."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(2, 2, figsize=(10, 7), layout="constrained")
    for axis, (name, items) in zip(axes.flat, results["growth"].items(), strict=False):
        sizes = [item[name] or item["outages_counted"] for item in items]
        axis.loglog(sizes, [item["seconds"] for item in items], "o-")
        axis.set(xlabel=name, ylabel="CPU seconds", title=f"clearing by {name}")
        axis.grid(True, which="both", alpha=0.3)
    axis = axes.flat[3]
    for name in ("pyomo", "pypsa"):
        pairs = results.get(name, [])
        buses = [pair["ours"]["buses"] for pair in pairs]
        axis.loglog(buses, [pair[name]["seconds"] for pair in pairs], "s--", label=name)
        axis.loglog(buses, [pair["ours"]["seconds"] for pair in pairs], "o-", label=f"ours, {name}")
    axis.set(xlabel="buses", ylabel="CPU seconds", title="peers at equal objective")
    axis.grid(True, which="both", alpha=0.3)
    axis.legend()
    figure.savefig(path, dpi=110, metadata={"Software": None})
