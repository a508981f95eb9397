"""Settings shared by the tests."""

from __future__ import annotations

import os

from hypothesis import settings

# a slow machine is no failure; and continuous integration tries the same examples every time
settings.register_profile("here", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "here")
# the shell speaks the language of the system: here it is English, whoever runs the tests
os.environ["LC_ALL"] = "C.UTF-8"
