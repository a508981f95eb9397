"""A new study's folder from a few answers: the plan with its comments, empty tables, and what comes next."""

from rmstudy.study.new.answers import QUESTIONS, Question, as_yaml, checked, questions, read_answers
from rmstudy.study.new.folder import free_folder, new_study

__all__ = [
    "QUESTIONS",
    "Question",
    "as_yaml",
    "checked",
    "free_folder",
    "new_study",
    "questions",
    "read_answers",
]
