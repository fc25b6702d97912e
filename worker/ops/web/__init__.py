"""The web: pages for people, and an HTTP API for programs. Both are faces of the desk."""
