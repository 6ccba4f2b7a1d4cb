"""Who may do what and how much: each rule gives a figure with how it came about, or findings."""
