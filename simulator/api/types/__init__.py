"""Types of the participant API, one module a service, made from its document by `generate`.

`wire` is written by hand: what all of them share. Change a document, not a type.
"""
