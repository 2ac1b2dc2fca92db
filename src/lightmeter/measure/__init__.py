"""One file per measurement: a number with a unit, or a reason."""
