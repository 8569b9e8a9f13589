"""What people do who load remote code: a folder with model files and a config.json, through the Auto classes."""

from __future__ import annotations

import json
import shutil
from typing import Any


class RemoteCode:
    """The program's files of those names beside a config.json.

    Attributes:
        folder: where they are; `auto_map` is that of its config.json.
    """

    def __init__(
        self, probe: Any, auto_map: dict[str, str], config: dict[str, Any], auto: str = "AutoModelForCausalLM"
    ):
        self.probe, self.auto_map, self.auto = probe, auto_map, auto
        self.folder = probe.folder / "remote"
        self.folder.mkdir()
        for module in {path.split(".")[0] for path in auto_map.values()}:
            shutil.copy(probe.sources / f"{module}.py", self.folder)
        (self.folder / "config.json").write_text(json.dumps({**config, "auto_map": auto_map}))

    def build(self, **options: Any) -> Any:
        import transformers

        with self.probe.step("build"):
            config = transformers.AutoConfig.from_pretrained(self.folder, trust_remote_code=True)
            return getattr(transformers, self.auto).from_config(config, trust_remote_code=True, **options)

    def load(self, saved: str, keep_config: bool = False) -> Any:
        """From a folder of save_pretrained, completed as on the Hub: with the code, and its own or the original config."""
        import transformers

        for file in self.folder.glob("*.py"):
            shutil.copy(file, saved)
        if keep_config:
            shutil.copy(self.folder / "config.json", saved)
        else:
            path = f"{saved}/config.json"
            with open(path) as file:
                config = json.load(file)
            with open(path, "w") as file:
                json.dump({**config, "auto_map": self.auto_map}, file)
        return getattr(transformers, self.auto).from_pretrained(saved, trust_remote_code=True)
