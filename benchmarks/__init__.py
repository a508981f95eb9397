"""Every job beside its peer: `make bench`."""
