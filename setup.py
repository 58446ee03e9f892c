"""What pyproject.toml cannot say: packages that are found, and one that is installed under another name.

The spiders are `spiders/` here, where scrapy.cfg points to, and `curator_spiders` once installed: the plain name
would collide with the spiders of others.
"""

from setuptools import find_namespace_packages, setup

setup(
    packages=[*find_namespace_packages(include=["curator*"]), "curator_spiders"],
    package_dir={"curator_spiders": "spiders"},
)
