"""MATPOWER case files (`.m`, format version 2): reading and writing."""
