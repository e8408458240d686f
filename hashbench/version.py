"""Version of the package; a module of its own, so that no room need import the package for it."""

__version__ = "0.2.0"
