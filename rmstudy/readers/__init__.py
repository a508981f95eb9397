"""Other tools' exports into the study's tables.

========================= ==========================================================================
name                      what it is
========================= ==========================================================================
`import_files`            exports into a study's folder, as ``rmstudy import`` does it
`read_answers`            exports of the questionnaires into tables, with everything that was found
`read_mapping`            the file that says where each column belongs
`read_codes`              the list of linking codes and pseudonyms, kept outside the study
`linking_code`            the parts of a self-made code as one code
`linkage_report`          how the answers of each wave were linked, by class of match
========================= ==========================================================================

A file a source: `rmstudy.readers.qualtrics`, `rmstudy.readers.limesurvey`, `rmstudy.readers.page`.
"""

from rmstudy.readers.answers import SOURCES, Imported, read_answers
from rmstudy.readers.importing import Written, import_files, people_of
from rmstudy.readers.mapping import Mapping, read_codes, read_mapping
from rmstudy.readers.people.linking import linking_code
from rmstudy.readers.people.links import linkage_report

__all__ = [
    "SOURCES",
    "Imported",
    "Mapping",
    "Written",
    "import_files",
    "linkage_report",
    "linking_code",
    "people_of",
    "read_answers",
    "read_codes",
    "read_mapping",
]
