"""The use cases, one function a command: the one door to the market."""
