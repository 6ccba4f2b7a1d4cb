"""The auction and the allocation as mathematics; the file listing is the algorithm.

`case` and `folder` say what is asked, `curves` and `problem` turn it into arrays, `screen` finds
the limits that matter, `solve` (by `interior`, `sift` and `polish`; `fallback` where they stall)
finds the optimum, `search` goes to and fro between the two, `price` and `round` make it
publishable, `certificate` proves it, `clear` runs it all, `explain` tells one bidder why, and
`reference` is the whole formulation written out plainly in Pyomo. `tolerances` has every constant.
"""
