"""One module a service: what each operation does, in the words of the market room."""
