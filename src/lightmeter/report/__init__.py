"""What a run leaves behind: tables, a summary, JUnit, and a page.

Pure functions of a Run and its Outcome; nothing here measures, judges or decides.
"""

from __future__ import annotations

from lightmeter.report.terminal import print_image, print_run
from lightmeter.report.write import write

__all__ = ["print_image", "print_run", "write"]
