"""Every page about portals that staff have of this feature, for app.py to register."""

from portal.access import staff, staff_participants, staff_settings

BLUEPRINTS = tuple(pages.blueprint for pages in (staff, staff_participants, staff_settings))
show_on_other_pages = staff.show_on_other_pages
