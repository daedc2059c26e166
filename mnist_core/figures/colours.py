"""Colours that tell lines and points apart."""

# One for each run, whatever its line: they tell apart on light, on dark and for the colour-blind
# (after M. Okabe and K. Ito, "Color Universal Design", 2008).
COLOURS = ("#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#848a96", "#b8a500")
