"""What participants download, and the page a person reads."""
