"""pyiqa's own command line where no weights can be fetched: networks keep their random ones.

Runs in the peers' environment, with the arguments of `pyiqa`.
"""

from __future__ import annotations

import sys
from typing import Any


def main() -> None:
    """Load pyiqa, take the fetching of weights out of it, and run it."""
    import timm

    honest = timm.create_model

    def random(*names: Any, **options: Any) -> Any:
        return honest(*names, **{**options, "pretrained": False})

    timm.create_model = random
    from pyiqa import pyiqa_cmd

    for name, module in list(sys.modules.items()):
        if name.startswith("pyiqa") and hasattr(module, "load_pretrained_network"):
            module.load_pretrained_network = lambda *_, **__: None  # type: ignore[attr-defined]
    pyiqa_cmd.main()


if __name__ == "__main__":
    main()
