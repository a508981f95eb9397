"""Who is meant: identifiers, lists and keys outside the study, candidates that a person confirms."""
