"""The plugins that come with hfcompat, as HFCOMPAT_DISABLE takes them."""

from importlib.metadata import entry_points

OURS = ",".join(sorted(e.name for e in entry_points(group="hfcompat") if e.value.startswith("hfcompat_plugins.")))
