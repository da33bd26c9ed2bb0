"""A QR code drawn into a page: no file of it is kept, since what it says is secret."""

QUIET_ZONE_MODULES = 4
"""ISO/IEC 18004 asks for four light modules around the code."""


def qr_svg(text: str) -> str:
    """The text as an SVG element on its own white ground. The text itself is not in the markup."""
    import qrcode

    code = qrcode.QRCode(border=QUIET_ZONE_MODULES)
    code.add_data(text)
    code.make(fit=True)
    rows = code.get_matrix()
    dark = "".join(
        f"M{x} {y}h1v1h-1z"
        for y, row in enumerate(rows)
        for x, is_dark in enumerate(row)
        if is_dark
    )
    size = len(rows)
    return (
        f'<svg class="qr-secret" viewBox="0 0 {size} {size}" width="240" height="240" '
        'role="img" aria-labelledby="qr-words" shape-rendering="crispEdges">'
        f'<path fill="#fff" d="M0 0h{size}v{size}H0z"/><path d="{dark}"/></svg>'
    )
