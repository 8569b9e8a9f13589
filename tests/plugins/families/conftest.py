"""The cases are shared with record.py, which is a script: both find them beside themselves."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
