"""Makes the site's pages, navigation and colours from the catalog.

The content folder is named by CIVICLAB_CONTENT, else it is the folder that holds `site/`. A catalog with any
fault stops the build with every fault's file and id.
"""

from __future__ import annotations

import os
from pathlib import Path

from colour import stylesheet
from edition import Edition
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import PluginError
from mkdocs.structure.files import File, Files
from pages import navigation, pages

from civiclab.catalog.loader import Catalog, examine

PICTURES = {".svg", ".png", ".jpg", ".webp"}


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Names the site after the city and lays out its navigation."""
    site = Path(config.config_file_path).parent
    language = config.extra["language"]
    edition = Edition.read(_catalog(site), site, language)
    config.site_name = edition.catalog.city.academy[language]
    _name_address(config)
    config.nav = navigation(edition)
    config.extra["edition"] = edition
    config.extra["other"] = Edition.read(edition.catalog, site, edition.other_language)
    return config


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Adds every generated page, the city's colours and the pictures of the courses."""
    edition: Edition = config.extra["edition"]
    for source, markdown in pages(edition):
        files.append(File.generated(config, source, content=markdown))
    css = stylesheet(edition.catalog.city.primary_colour)
    files.append(File.generated(config, "stylesheets/city.css", content=css))
    courses = edition.catalog.content / "courses"
    for picture in sorted(path for path in courses.rglob("*") if path.suffix in PICTURES):
        source = picture.relative_to(edition.catalog.content).as_posix()
        files.append(File.generated(config, source, abs_src_path=str(picture)))
    return files


def _name_address(config: MkDocsConfig) -> None:
    """The public address when CIVICLAB_SITE_ADDRESS gives one; a sitemap makes no sense without it."""
    address = os.environ.get("CIVICLAB_SITE_ADDRESS", "").rstrip("/")
    # Without one, paths from the root still make the not-found page's links right.
    config.site_url = f"{address}/{config.extra['prefix']}"
    if not address:
        config.theme.static_templates.discard("sitemap.xml")


def _catalog(site: Path) -> Catalog:
    content = Path(os.environ.get("CIVICLAB_CONTENT") or site.parent).resolve()
    catalog, faults = examine(content)
    if faults or catalog is None:
        raise PluginError("\n".join(str(fault) for fault in faults) or f"{content}: no content")
    return catalog
