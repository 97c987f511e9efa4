"""The WSGI entry: `app:app` is the service, with its settings from the environment."""

from cecc_feeds.web import create_app

app = create_app()
