"""How `make docs` turns docs/gallery/*.py into pages: Sphinx, sphinx-gallery, furo; nothing is
fetched.
"""

from __future__ import annotations

import sys
from pathlib import Path

# for gallery_order, which Sphinx imports by its name
sys.path.insert(0, str(Path(__file__).parent))

project = "netwright"
extensions = ["sphinx_gallery.gen_gallery"]
html_theme = "furo"
html_title = "netwright"
html_static_path = ["_static"]
html_css_files = ["gallery.css"]
html_show_sphinx = False
html_show_copyright = False
html_copy_source = False
# index.rst lists the pages by chapter instead
exclude_patterns = ["_build", "gallery", "auto_gallery/index.rst"]
# minigallery is asked for by file names, which needs no back references
suppress_warnings = ["sphinx_gallery.config"]

sphinx_gallery_conf = {
    "examples_dirs": "gallery",
    "gallery_dirs": "auto_gallery",
    "filename_pattern": r"notes_",
    "within_subsection_order": "gallery_order.by_row",
    "minigallery_sort_order": "gallery_order.by_row",
    "abort_on_example_error": True,
    "run_stale_examples": True,  # the library may have changed though the script has not
    "capture_repr": ("_repr_html_",),  # an SVG is shown; <Legend object at 0x...> is not
    "image_srcset": ["2x"],
    "thumbnail_size": (480, 336),
    "download_all_examples": False,
    "show_signature": False,
    "write_computation_times": False,
    "min_reported_time": 10,
}
