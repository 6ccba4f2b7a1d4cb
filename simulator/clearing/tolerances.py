"""Every numerical constant of the auction's solver, with what it means and why it has its size.

Published figures have 0.001 MW and 1e-6 USD; everything below is finer than that, or says how
long to try. A bound on tries that is used up ends in `SolverFailed`: none of
them can make an answer wrong, because the last answer is checked against every limit and every
bid whatever led to it (`search`, `certificate`).
"""

# Search for the limits that matter (`search`, `screen`)

SCREEN_TOLERANCE_MW = 1e-6
"""A constraint loaded less than this beyond its limit is not violated; a thousandth of a step."""
ROUGH_TOLERANCE_MW = 1e-2
"""What counts as violated while the answer is a rough one; its own noise is about as large."""
FEW_ROWS = 0.1
"""When a rough answer shows no more than this share of new rows, exact answers follow."""
ROUGH_ROUNDS = 8
"""After so many rounds every answer is exact, and no row is let go: so the search must end."""
NEARLY = 0.05
"""A row with more than this share of its limit left in a rough answer is let go."""
SEARCH_ROUNDS = 60
"""Rounds of the whole search. Measured: 6 or 7 with 33,000 bids and 7,659 outages."""
ROWS_PER_ROUND = 600
"""At most so many rows are added in a round, the most violated first; a step of the interior
point takes time with their square."""
FACTOR_DECIMALS = 12
"""Shift factors are rounded here, so that the order of buses and lines in a file is not felt."""
RELAX_MW = 1e-6
"""Fixed flow this far above a limit makes it a relaxed limit."""

# Interior point (`interior`)

INTERIOR_STEPS = 200
"""Steps of one solve. Measured: 17 or 18 to the tightest gap."""
EXACT_GAP = 1e-11
"""Relative complementarity and residuals at which the iteration stops."""
ROUGH_GAP = 1e-2
"""The same for an answer that only has to show which limits matter."""
ACCEPTED_GAP = 1e-7
"""What a stalled iteration must have reached to be handed on to the polish."""
HOPELESS = 1e6
"""An iteration that is this many times worse than its best is given up."""
STEP_BACK = 0.995
"""Share of the way to the nearest bound that a step goes (Mehrotra)."""
DUAL_REGULARISATION = 1e-11
"""Added to the diagonal of the scaled system: dependent rows get (nearly) their smallest prices."""
DEPENDENT_REGULARISATION = 1e-10
"""Share of its diagonal added to a system that rounding left indefinite."""
SINGLE_REGULARISATION = 1e-6
"""Share of its diagonal added to a system formed in single precision: ten times its rounding."""
PANEL = 128
"""Rows of a symmetric product formed together; what lies below the diagonal is mirrored."""
START = 0.1
"""Scaled shadow prices, and distance from their bounds, that the iteration starts with."""
SMALLEST_MONEY = 1e-9
"""Prices are scaled by the highest of them, or by this where all are 0."""
SMALLEST_MW = 1e-3
"""MW are scaled by the median of all, or by this: nothing smaller is published."""

# Bids in doubt (`sift`)

FEWEST = 500
PER_ROW = 3
"""So many pieces, and so many more for every row, are in doubt at first: the least decided. As
many are partly awarded as rows bind; three times that leaves room for rough prices."""
RELIEVING = 50
"""So many pieces join for a row that those in doubt cannot bring within its limit."""
WIDER = 3
"""By this factor more are in doubt after an attempt that failed."""
PRICE_NOISE = 1e-9
"""Share of the highest bid price below which a margin or a shadow price is taken for zero."""

# Last digits (`polish`)

EDGES_MW = (1e-6, 1e-4, 1e-8)
"""A flat piece nearer than this to a bound, or a row to its limit, is tried as being at it."""
EDGE_SHARE = 0.25
"""No edge is wider than this share of its piece, so that nothing is at both of its bounds."""
POLISH_STEPS = 8
"""Newton steps for one edge; on the right straight line one is enough."""
POLISH_PROGRESS = 0.1
"""A step that leaves more than this share of the error was the last one."""
GOOD_ENOUGH = 1e-11
"""Relative gap and violation in MW below which no other edge is tried."""
POLISH_UNKNOWNS = 3000
"""Beyond this many equations the interior point's own answer stands (72 MB, 30 s)."""
RANK_SHARE = 1e-12
"""Equations that add less than this, relatively, depend on the others."""

# Ties and noise (`solve`)

TIE_USD_PER_MW = 1e-7
"""Prices nearer than this are equal (prices have at most 1e-5 USD steps on any wire)."""
BINDING_SHARE = 1e-10
"""A shadow price below this share of the highest bid price is numerical noise: zero."""
SHARED_MW = 1e-7
"""What sharing a tie may add to the flow on a row; a tenth of what counts as violated."""

# Shadow prices that are not unique (`smallest`, `price_range`)

BINDING_MW = 1e-6
"""A row with less room than this binds: what the search for limits resolves."""
EDGE_MW = 1e-6
"""A piece this near to a bound is at it."""
OPEN = 1e-9
"""A row that moves less than this along every free direction has one shadow price."""
ALIKE_DECIMALS = 6
"""One line after two outages is one limit where its factors, over all paths, and limits in MW agree
to so many decimals."""
FACE_RANK_SHARE = 1e-10
"""Singular values below this share of the largest are none; shift factors have 12 decimals."""
ADDED_ROWS = 200
"""Bounds added in a round of the least-distance problem, the most violated first."""
DISTANCE_ROUNDS = 40
"""Rounds of it; when they are used up the solver's own prices stand, which are optimal too."""
DISTANCE_DECIMALS = 12
"""Decimals at which violations are compared, so that equal ones are equal on every machine."""
NO_LENGTH = 1e-10
"""A bound whose row is shorter than this says nothing about the free directions."""
SHORT_OF = 1e-9
"""Relative violation above which a bound is added."""
NO_DISTANCE = 1e-14
"""Last component of the residual below which the bounds contradict each other."""

# HiGHS, where the interior point stalls (`fallback`, `tangents`)

HIGHS_FEASIBILITY = 1e-9
"""Primal and dual tolerance asked of HiGHS; the polish does the rest."""
HIGHS_ITERATIONS = 10_000_000
"""Simplex steps; some hundred for each of 100,000 bids."""

DOUBTED_GAP = 1e-10
"""Relative gap after the polish above which HiGHS is asked too: the interior point, which stops at
a tenth of it, did not get to its end."""
FIRST_TANGENTS = 9
"""Tangents of a sloped piece at first, evenly from 0 to all of it."""
TANGENT_ROUNDS = 60
"""Programs of tangents that are solved. Measured: 10 to 25 to the tightest gap."""
TANGENT_NARROWS = 0.25
"""In every round tangents are drawn nearer to what shadow prices call for by this factor."""
TANGENT_APART = 1e-9
"""Share of a piece that its tangents stand apart."""

# Rounding to steps (`round`)

STEP_DECIMALS = 4
"""Exact awards in steps are taken to so many decimals (1e-7 MW): halves are halves, whatever the
order that their last digits were added up in."""
SNAP_STEPS = 2e-3
"""An award this little below a step is on it: the solver's own noise (2e-6 MW)."""
TARGET_MW = 5e-4
"""Rounded awards load no constraint beyond this; the market's tolerance is twice as much."""
TARGET_NOISE_MW = 1e-9
"""So much beyond the target is the noise of flows that add up to it."""
LOSS_SHARE = 5e-6
"""Rounding may cost half a cent per 1,000 USD before another way of it is tried."""
ALLOWED_LOSS_SHARE = 1e-5
"""A cent per 1,000 USD; where steps of 0.001 MW are too coarse even for that, a warning says so."""
LOSS_DECIMALS = 12
"""Decimals at which losses of two ways of rounding are compared: so that equal ones are equal."""
ROUNDING_ROUNDS = 10
"""Attempts of one way of rounding; each brings limits that the one before was seen to break."""
FILL_PASSES = 4
"""Times that left room is offered to every award."""
PROGRAM_STEPS = (1, 3, 10, 100)
"""How far from the exact awards integer programs look, one after the other."""
PROGRAM_NODES = 1000
"""Nodes of one integer program; most need a handful."""
PROGRAM_FIGURES = 500_000
"""Shift factors of the largest integer program: a second or so."""
PROGRAM_DECIMALS = 12
"""MW are rounded here for it, so that the order of buses and lines in a file is not felt."""
CUTS = 10_000
"""Single cuts after which awards are halved until they keep every limit; none do."""
GAIN = 1e-12
"""MW squared that turning an award must gain; less is noise, and could go in circles."""
GAIN_DECIMALS = 12
"""Decimals of MW squared at which gains are compared, so that equal ones are equal whatever the
order that flows were added up in: sums of 1,000 MW have a noise of 1e-12 MW, steps of 1e-3."""
OVER_DECIMALS = 9
"""The same for MW beyond a limit."""
WORTH_DECIMALS = 6
"""The same for what an MW is worth, in USD; finer than any price."""
NEAR_ROW_MW = 1e-3
"""A row that rounding cannot bring this near to its limit is left out of sight."""
RELIEVED = 0.98
"""Share of the target that rounding aims at, for the noise of the check after it."""

# Printed digits (`price`, `result`)

NOISE_DECIMALS = 3
"""Figures are first rounded to so many more decimals than are printed."""

# Proof (`clear`)

PROVEN_GAP = 1e-6
"""Primal and dual objective of an answer differ by no more, relatively (contract, section 3)."""
FEASIBLE_MW = 1e-3
"""Rounded awards load no constraint beyond its limit by more (contract, section 3)."""
