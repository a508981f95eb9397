"""``python -m rmstudy.cli``."""

from rmstudy.cli import main

if __name__ == "__main__":
    main()
