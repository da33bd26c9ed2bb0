"""Every page of documents that staff have, for app.py to register."""

from portal.documents import staff, staff_files, staff_shared

BLUEPRINTS = tuple(pages.blueprint for pages in (staff, staff_shared, staff_files))
show_on_other_pages = staff.show_on_other_pages
