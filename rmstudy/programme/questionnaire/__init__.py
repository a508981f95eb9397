"""The plan's instruments as what is sent out, and the mapping that reads the answers back.

========================= ==========================================================================
name                      what it is
========================= ==========================================================================
`questionnaire`           what a role is asked in a wave, as a description without a format
`meeting_log`, `intake`   what is asked after a meeting, and before matching
`gaps`                    what the plan lacks before anything may go out
`html_page`, `word`       a page and a document, a language each
`qualtrics`, `limesurvey` imports of the two survey tools
`mapping`                 where each column of an export belongs
`package`                 all files at once
`assign_versions`         who gets which version of a test with parallel forms
========================= ==========================================================================
"""

from rmstudy.programme.questionnaire.asking import asked, questionnaire, versions
from rmstudy.programme.questionnaire.description import Option, Question, Questionnaire, Row, Section
from rmstudy.programme.questionnaire.document import word
from rmstudy.programme.questionnaire.for_limesurvey import limesurvey
from rmstudy.programme.questionnaire.for_qualtrics import qualtrics
from rmstudy.programme.questionnaire.gaps import gaps
from rmstudy.programme.questionnaire.page import html_page
from rmstudy.programme.questionnaire.reading_back import mapping
from rmstudy.programme.questionnaire.sending import assign_versions, package
from rmstudy.programme.questionnaire.steps import intake, meeting_log

__all__ = [
    "Option",
    "Question",
    "Questionnaire",
    "Row",
    "Section",
    "asked",
    "assign_versions",
    "gaps",
    "html_page",
    "intake",
    "limesurvey",
    "mapping",
    "meeting_log",
    "package",
    "qualtrics",
    "questionnaire",
    "versions",
    "word",
]
