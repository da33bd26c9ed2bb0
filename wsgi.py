"""For a WSGI server: `granian --interface wsgi wsgi:app`. The worker is a process of its own."""

from app import create_app

app = create_app()
