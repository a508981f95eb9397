"""Step one, the goal: what the plan leaves open, how it is meant to work, and its registration as a text."""

from rmstudy.programme.goal.questions import open_questions
from rmstudy.programme.goal.registration import preregistration
from rmstudy.programme.goal.targets import target_words
from rmstudy.programme.goal.theory import TheoryOfChange, theory_of_change

__all__ = ["TheoryOfChange", "open_questions", "preregistration", "target_words", "theory_of_change"]
