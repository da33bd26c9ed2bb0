"""Which addresses of the product are no screens, and why.

All others are: `bench/pages.py` opens them, and says which it could not find. The URL map and this
list are held together by `tests/test_screens.py`.
"""

PDF, CSV = "a PDF", "a CSV file"
PART = "a part of a page that htmx fetches; it is seen in its page"
FILE = "a file to be saved or shown by itself"
DATA = "read by a program"
PICTURE = "a picture or a style sheet"
LEADS_ON = "leads on to another screen"

NO_SCREEN = {
    "static": "the files of the repository",
    "activity_log.export_csv": CSV,
    "bank_accounts.show": PART,
    "bills.bill_pdf": PDF,
    "bills.export_csv": CSV,
    "bills.trust_request_pdf": PDF,
    "branding.preview_css": PICTURE,
    "checkout.document_pdf": PDF,
    "checkout.receipt_pdf": PDF,
    "client_bills.bill_pdf": PDF,
    "client_bills.trust_request_pdf": PDF,
    "client_exports.contacts": CSV,
    "client_exports.matters": CSV,
    "client_files.download": FILE,
    "client_files.preview": FILE,
    "client_files.state": DATA,
    "client_messages.news": PART,
    "client_paying.panel": PART,
    "client_settings.session.left": DATA,
    "client_sign_in.home_screen.icon": PICTURE,
    "client_sign_in.home_screen.manifest": DATA,
    "client_sign_in.home_screen.office": DATA,
    "clients.options": PART,
    "disputes.of_payment": LEADS_ON,
    "disputes.open_file": FILE,
    "documents.folder": LEADS_ON,
    "embed.loader": "the script that a firm's website loads",
    "firm_brand.css": PICTURE,
    "firm_brand.logo": PICTURE,
    "health.healthz": DATA,
    "health.readyz": DATA,
    "imports.refused_csv": CSV,
    "imports.sample": CSV,
    "links.qr_image": PICTURE,
    "notifications.count": PART,
    "outbox_mailbox.html": "an email, shown without script inside its page",
    "payment_notifications.preview": PART,
    "portal_unread.show": PART,
    "receipts.client_statement_pdf": PDF,
    "receipts.contact_money": PART,
    "receipts.credit_preview": PART,
    "receipts.matter_money": PART,
    "receipts.new_on_trust_request": LEADS_ON,
    "receipts.preview": PART,
    "receipts.trust_preview": PART,
    "sandbox_pages.api": DATA,
    "sandbox_pages.script": "the made-up processor's script",
    "staff_files.download": FILE,
    "staff_files.preview": FILE,
    "staff_files.state": DATA,
    "staff_messages.news": PART,
    "transactions.export_csv": CSV,
    "trust_requests.export_requests": CSV,
}

# By blueprint.
_SCREENS = {
    "activity_log": "index",
    "bank_accounts": "confirm_override edit index new",
    "billing_settings": "show",
    "bills": (
        "begin_change bill_client_link bill_reminder bill_sending bill_sendings bulk_sending "
        "bulk_sendings change_client confirm_deletion confirm_issue confirm_send_back "
        "confirm_void edit index new new_bulk_sending of_contact of_matter print_bill "
        "print_trust_request rates_of_contact rates_of_matter receivables show "
        "trust_request_client_link trust_request_reminder trust_request_sending "
        "trust_request_sendings version"
    ),
    "branding": "show",
    "checkout": "document document_print pay receipt",
    "checkout_status": "status",
    "client_bills": "bill trust_request",
    "client_documents": "folder show",
    "client_home": "show",
    "client_invitations": "show",
    "client_messages": "choose show",
    "client_methods": "confirm index",
    "client_paying": "bills payments trust",
    "client_plans": "index",
    "client_portals": "communications index",
    "client_settings": "show welcome",
    "client_sign_in": "code link show",
    "contacts": "edit index new show",
    "disputes": "confirm_acceptance index of_bill show",
    "documents": (
        "document_name document_place folder_name folder_place new_folder of_matter show"
    ),
    "embed": "pay status",
    "firm_sign_in": "second_factor sign_in",
    "firm_sign_in.password_resets": "ask choose done",
    "groups": "edit index new",
    "imports": "index show",
    "job_titles": "edit index",
    "joining": "invitation",
    "links": "confirm_retirement edit_limits embedding new_charge print_sheet qr_code",
    "matters": "edit index new show",
    "method_request": "show",
    "notifications": "index",
    "outbox": "index",
    "outbox_mailbox": "index show",
    "overview": "index",
    "own_sign_in": "show show_authenticator",
    "participants": "confirm_removal index new",
    "payment_notifications": "show",
    "payment_plan": "show",
    "payment_plans": "autocharge_of choose confirm_cancel edit index new of_contact show",
    "permissions": "index",
    "portal_settings": "show",
    "processor_events": "show",
    "receipts": (
        "bill_reversal choose_trust client_statement contact_ledger credit matter_ledger new "
        "of_bill of_trust_request reversal trust_reversal trust_transfer"
    ),
    "sandbox": "index",
    "sandbox_pages": "deposits",
    "search": "index",
    "settings": "index",
    "shared_resources": "confirm_document confirm_folder confirm_stop index",
    "staff_messages": "choose confirm_deletion show",
    "stored_method": "show",
    "stored_methods": "ask_form consent of_contact",
    "transactions": (
        "bill_choose_charge choose choose_again choose_refund confirm_cancel index show "
        "trust_request_choose_charge weekly"
    ),
    "trust_requests": (
        "confirm_deletion confirm_issue confirm_void edit edit_issued index new of_contact "
        "of_matter show"
    ),
    "trust_tasks": "index show",
    "users": "edit index new",
}
SCREENS = frozenset(
    f"{where}.{name}" for where, names in _SCREENS.items() for name in names.split()
)
