"""Every page about contacts and matters that staff have, for app.py to register, and the search."""

from portal.clients import (
    staff_contacts,
    staff_exports,
    staff_matters,
    staff_options,
    staff_search,
)

PAGES = (staff_contacts, staff_exports, staff_matters, staff_options, staff_search)
BLUEPRINTS = tuple(pages.blueprint for pages in PAGES)
staff_search.search_clients()  # before payments, so that they stand first
