"""Digit Lab without its pages: everything here runs with no web server."""
