"Packaging. Versions and requirements are read from settings.ini."
from configparser import ConfigParser
from pathlib import Path

from setuptools import find_packages, setup

settings = ConfigParser(delimiters=["="])
settings.read(Path(__file__).parent / "settings.ini", encoding="utf-8")
cfg = settings["DEFAULT"]
requirements = {name: cfg[name].split() for name in cfg if name.endswith("requirements")}

setup(
    name=cfg["lib_name"],
    version=cfg["version"],
    description=cfg["description"],
    license="Apache-2.0",
    author=cfg["author"],
    packages=find_packages(include=["lingge_nb", "lingge_nb.*"]),
    python_requires=f">={cfg['min_python']}",
    install_requires=requirements.pop("requirements"),
    extras_require={name.removesuffix("_requirements"): packages for name, packages in requirements.items()},
    entry_points={"console_scripts": cfg["console_scripts"].split()},
)
