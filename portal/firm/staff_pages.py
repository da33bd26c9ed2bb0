"""Every page of the firm's own house, for app.py to register."""

from portal.firm import (
    staff,
    staff_branding,
    staff_groups,
    staff_job_titles,
    staff_log,
    staff_overview,
    staff_own_sign_in,
    staff_permissions,
    staff_settings,
    staff_users,
)

_PEOPLE = (staff, staff_own_sign_in, staff_users, staff_groups, staff_permissions, staff_job_titles)
_FIRM = (staff_overview, staff_settings, staff_branding, staff_log)
BLUEPRINTS = tuple(pages.blueprint for pages in (*_FIRM, *_PEOPLE))
