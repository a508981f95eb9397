"""Files as they come into rows of text: encodings, workbooks, layouts that were made to be looked at."""
