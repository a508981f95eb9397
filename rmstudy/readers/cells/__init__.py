"""One cell into one value: labels, numbers, days, codes for no answer; or refused with its readings."""
