"""The steps of running a programme: set the goal, design, recruit, match, monitor; and what it costs.

A step a file or folder. Nothing here writes files: texts, tables and forms are returned, and the shell
writes them.
"""
