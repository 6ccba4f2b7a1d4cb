"""PSS/E RAW files, versions 29 to 33: reading and writing."""
