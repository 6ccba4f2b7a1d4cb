"""`python -m simulator` is `marketsim`."""

from simulator.cli import main

if __name__ == "__main__":
    main()
