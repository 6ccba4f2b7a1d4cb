"""The second opinion: re-checks an answer from its published files, by its own physics."""

from simulator.verify.check import Check, Verification
from simulator.verify.folder import verify_folder

__all__ = ["Check", "Verification", "verify_folder"]
