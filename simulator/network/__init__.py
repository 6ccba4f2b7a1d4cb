"""A power-flow case becomes a DC network: readers, locations, outages, shift and outage factors."""
