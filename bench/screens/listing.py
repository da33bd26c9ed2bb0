"""Which addresses of the product are no screens, and why.

All others are: `bench/pages.py` opens them, and says which it could not find. The URL map and this
list are held together by `tests/test_screens.py`.
"""

PDF, CSV = "a PDF", "a CSV file"
PART = "a part of a page that htmx fetches; it is seen in its page"
FILE = "a file to be saved or shown by itself"
DATA = "read by a program"
PICTURE = "a picture or a style sheet"

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
    "clients.options": PART,
    "disputes.open_file": FILE,
    "embed.loader": "the script that a firm's website loads",
    "firm_brand.css": PICTURE,
    "firm_brand.logo": PICTURE,
    "firm_staff.home": "leads on to the page where somebody's work begins",
    "health.healthz": DATA,
    "health.readyz": DATA,
    "links.qr_image": PICTURE,
    "notifications.count": PART,
    "payment_notifications.preview": PART,
    "portal_unread.show": PART,
    "receipts.client_statement_pdf": PDF,
    "receipts.contact_money": PART,
    "receipts.credit_preview": PART,
    "receipts.matter_money": PART,
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
