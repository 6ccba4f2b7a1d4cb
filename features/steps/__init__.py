"""What a feature file can say: steps that speak only through the market's public doors.

`simulator.cli.gherkin` loads every module of this folder for `marketsim feature` and for pytest.
"""
